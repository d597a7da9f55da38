"""House rules that no linter knows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xrpc_invites.app import shipped
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import load

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "xrpc_invites"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 300
NAMELESS = {"utils", "util", "common", "helpers", "helper", "core", "base", "manager", "misc"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(path: Path) -> list[str]:
    """The last names of everything that is called."""
    nodes = (node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    return [node.attr for node in nodes if isinstance(node, ast.Attribute)]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_fits_in_one_sitting_and_says_what_it_is(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_room_has_a_name_that_means_something(path: Path) -> None:
    assert not NAMELESS & set(path.relative_to(SOURCE).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", path.read_text())


def test_only_one_place_commits() -> None:
    called = {relative(path): calls(path) for path in MODULES}

    assert [path for path, names in called.items() if {"commit", "rollback"} & set(names)] == []
    assert [path for path, names in called.items() for name in names if name == "begin"] == [
        "src/xrpc_invites/storage/writer.py"
    ]


def changed_tables(path: Path) -> list[tuple[str, str]]:
    """The statements that change rows, and what they name first."""
    called = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    named = [(ast.unparse(node.func), ast.unparse(node.args[0])) for node in called if node.args]
    return [(name.rpartition(".")[2], table) for name, table in named]


def test_an_entry_of_the_audit_log_is_written_once_and_changed_by_nobody() -> None:
    named = {
        relative(path)
        for path in MODULES
        if re.search(r"audit_(entry|inbox|head)\b", path.read_text())
    }
    changes = sorted(
        (relative(path), *change)
        for path in MODULES
        for change in changed_tables(path)
        if change[0] in {"update", "delete"} and "audit" in relative(path) + change[1]
    )

    assert named - {"src/xrpc_invites/storage/operator_tables.py"} == {
        "src/xrpc_invites/storage/audit.py"
    }
    assert changes == [
        ("src/xrpc_invites/storage/audit.py", "delete", "audit_entry"),
        ("src/xrpc_invites/storage/audit.py", "delete", "audit_inbox"),
        ("src/xrpc_invites/storage/audit.py", "update", "audit_head"),
    ]


@pytest.mark.parametrize("path", sorted((SOURCE / "invites").glob("*.py")), ids=relative)
def test_the_domain_imports_the_standard_library_alone(path: Path) -> None:
    imported = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))

    ours = {name for name in imported if name.startswith("xrpc_invites.invites.")}
    assert {name.split(".")[0] for name in imported - ours} <= sys.stdlib_module_names


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


LEXICONS = load(shipped("lexicons"))
METHODS = [
    nsid
    for nsid, document in LEXICONS.items()
    if isinstance(document.defs.get("main"), schema.Query | schema.Procedure)
]


@pytest.mark.parametrize("nsid", METHODS)
def test_a_newcomer_guesses_the_file_from_the_nsid(nsid: str) -> None:
    namespace, _, name = nsid.rpartition(".")
    path = SOURCE / "methods" / namespace.replace(".", "_") / f"{snake(name)}.py"

    assert path.is_file()
    assert (ast.get_docstring(tree(path)) or "").startswith(f"{nsid}: ")


def test_no_test_patches_anything() -> None:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        assert not re.search(r"monkeypatch|unittest\.mock|freezegun|mocker", path.read_text()) or (
            path == Path(__file__)
        )


def test_tracked_files_name_no_registry_and_no_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".json", ".txt", ".toml", ".cfg", ".npmrc", ""} and path.is_file():
            text = path.read_text(errors="replace")
            assert not re.search(r"https?://[^ \"]*(pypi|npmjs|debian)", text), name
            assert "--index-url" not in text, name
