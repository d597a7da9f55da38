"""Folders of documents: where they must be, and what they may refer to."""

import json
from pathlib import Path
from typing import Any

import pytest

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import LexiconFaults, absolute, load


def write(folder: Path, nsid: str, defs: dict[str, Any], *, at: str | None = None) -> None:
    file = folder.joinpath(*(at or nsid).split(".")).with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"lexicon": 1, "id": nsid, "defs": defs}))


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def ref(target: str) -> dict[str, str]:
    return {"type": "ref", "ref": target}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("#x", "a.b.c#x"), ("d.e.f", "d.e.f#main"), ("d.e.f#x", "d.e.f#x"), ("#main", "a.b.c#main")],
)
def test_a_reference_can_be_written_in_three_ways(written: str, meant: str) -> None:
    assert absolute(written, "a.b.c") == meant


def test_documents_of_many_folders_refer_to_one_another(tmp_path: Path) -> None:
    write(
        tmp_path / "one",
        "a.b.c",
        {"main": thing(x=ref("d.e.f#part"), y=ref("#own")), "own": thing()},
    )
    write(tmp_path / "two", "d.e.f", {"part": thing()})

    lexicons = load(tmp_path / "one", tmp_path / "two")

    assert set(lexicons) == {"a.b.c", "d.e.f"}
    assert lexicons.resolve("d.e.f#part", "a.b.c") == schema.Object()
    assert lexicons.resolve("#nope", "a.b.c") is None
    assert lexicons.resolve("x.y.z", "a.b.c") is None


@pytest.mark.parametrize(
    "definition",
    [
        thing(x=ref("#nope")),
        thing(x=ref("no.such.document")),
        thing(x={"type": "array", "items": ref("#nope")}),
        thing(x={"type": "union", "refs": ["#main", "#nope"]}),
        thing(x=thing(y=ref("#nope"))),
    ],
    ids=json.dumps,
)
def test_a_reference_to_nothing_is_a_fault(tmp_path: Path, definition: dict[str, Any]) -> None:
    write(tmp_path, "a.b.c", {"main": definition})

    with pytest.raises(LexiconFaults, match=r"a/b/c\.json:defs\.main\.properties\.x.*: .* is not"):
        load(tmp_path)


def test_a_fault_names_the_file_the_place_and_the_reason(tmp_path: Path) -> None:
    union = {"type": "union", "refs": ["#main", "#nope"]}
    write(tmp_path, "a.b.c", {"main": thing(x={"type": "array", "items": union})})

    with pytest.raises(LexiconFaults) as told:
        load(tmp_path)

    file = tmp_path / "a" / "b" / "c.json"
    assert str(told.value) == f"{file}:defs.main.properties.x.items.refs[1]: #nope is not there"


@pytest.mark.parametrize("target", ["#mark", "d.e.f"])
def test_a_reference_to_what_is_no_value_is_a_fault(tmp_path: Path, target: str) -> None:
    write(tmp_path, "a.b.c", {"main": thing(x=ref(target)), "mark": {"type": "token"}})
    write(tmp_path, "d.e.f", {"main": {"type": "query"}})

    with pytest.raises(LexiconFaults, match="is not the schema of a value"):
        load(tmp_path)


@pytest.mark.parametrize("target", ["#mark", "#text", "d.e.f"])
def test_a_union_has_objects_and_records_alone(tmp_path: Path, target: str) -> None:
    union = {"type": "union", "refs": ["#main", target]}
    defs = {"main": thing(x=union), "mark": {"type": "token"}, "text": {"type": "string"}}
    write(tmp_path, "a.b.c", defs)
    write(tmp_path, "d.e.f", {"main": {"type": "query"}})

    with pytest.raises(LexiconFaults, match=r"refs\[1\]: .* is neither an object nor a record"):
        load(tmp_path)


def test_references_to_records_and_to_plain_types_resolve(tmp_path: Path) -> None:
    record = {"type": "record", "key": "tid", "record": thing(x=ref("#text"))}
    union = {"type": "union", "refs": ["#main"]}
    write(tmp_path, "a.b.c", {"main": record, "text": {"type": "string"}, "other": thing(y=union)})

    assert load(tmp_path)


def test_references_in_messages_have_their_place_in_the_document(tmp_path: Path) -> None:
    message = {"schema": {"type": "union", "refs": ["#nope"]}}
    write(tmp_path, "a.b.c", {"main": {"type": "subscription", "message": message}})

    with pytest.raises(LexiconFaults, match=r"defs\.main\.message\.schema\.refs\[0\]: #nope"):
        load(tmp_path)


def test_a_document_may_be_given_twice_but_not_with_two_meanings(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, "a.b.c", {"main": thing()})
    write(tmp_path / "three", "a.b.c", {"main": thing(x={"type": "string"})})

    assert set(load(tmp_path / "one", tmp_path / "two")) == {"a.b.c"}
    with pytest.raises(LexiconFaults, match=r"three/a/b/c\.json:id: must say the same as .*one"):
        load(tmp_path / "one", tmp_path / "three")


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(LexiconFaults, match=r"nope:\$: must be a folder"):
        load(tmp_path / "nope")


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()

    with pytest.raises(LexiconFaults, match=r"a\.json:\$: cannot be read"):
        load(tmp_path)


def test_a_fault_of_the_json_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"defs": {"main": ["\\u0000"]}}')

    with pytest.raises(LexiconFaults, match=r"x\.json:defs\.main\[0\]: must hold no U"):
        load(tmp_path)


def test_documents_are_counted_and_cannot_be_replaced(tmp_path: Path) -> None:
    write(tmp_path, "a.b.c", {"main": thing()})

    lexicons = load(tmp_path)

    assert len(lexicons) == 1
    assert not hasattr(lexicons, "__setitem__")


def test_references_in_methods_are_followed_as_well(tmp_path: Path) -> None:
    body = {"encoding": "application/json", "schema": ref("#nope")}
    write(tmp_path, "a.b.c", {"main": {"type": "query", "output": body}})

    with pytest.raises(LexiconFaults, match="#nope"):
        load(tmp_path)


def test_an_object_may_contain_itself(tmp_path: Path) -> None:
    write(tmp_path, "a.b.c", {"main": thing(x=ref("#main"))})

    assert load(tmp_path)


def test_a_file_must_be_where_its_name_says(tmp_path: Path) -> None:
    write(tmp_path, "a.b.c", {"main": thing()}, at="a.b.d")

    with pytest.raises(LexiconFaults, match=r"d\.json:id: must be a\.b\.d"):
        load(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"lexicon": 1}', "\x00", "null"])
def test_a_file_that_is_no_document_is_a_fault(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)

    with pytest.raises(LexiconFaults, match=r"x\.json:"):
        load(tmp_path)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a.b.c", {"main": {"type": "nope"}})
    write(tmp_path, "d.e.f", {"main": thing(x=ref("#nope"))})

    with pytest.raises(LexiconFaults) as told:
        load(tmp_path)

    assert len(str(told.value).splitlines()) == 2
