"""Folders of Lexicon documents, and what their references mean."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.data import parse_json
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.parse import parse
from xrpc_invites.lexicon.reading import Faults, Place
from xrpc_invites.lexicon.schema import Definition, Document

_NO_VALUE = (
    schema.Token | schema.Query | schema.Procedure | schema.Subscription | schema.PermissionSet
)


class LexiconFaults(Exception):
    """Documents are wrong; the text lists every fault as `file:json-path: reason`."""


class Lexicons(Mapping[str, Document]):
    """Documents by NSID."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents = {document.id: document for document in documents}

    def __getitem__(self, nsid: str) -> Document:
        return self._documents[nsid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def resolve(self, ref: str, base: str) -> Definition | None:
        """What `ref` means in the document `base`; None when there is no such definition."""
        nsid, _, name = absolute(ref, base).partition("#")
        return self[nsid].defs.get(name) if nsid in self else None


NOTHING = Lexicons(())


def absolute(ref: str, base: str) -> str:
    """`nsid#name` for any way to write a reference."""
    nsid, _, name = ref.partition("#")
    return f"{nsid or base}#{name or 'main'}"


def load(
    *folders: Path,
    known: Lexicons = NOTHING,
    watch: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Lexicons:
    """Read every document below the folders.

    References may lead to `known` documents as well. `watch` hands the files on, and so sees
    how far the reading is.

    Raises:
        LexiconFaults: A document is no Lexicon, is not where its NSID says, says something else
            than its namesake in another folder, or refers to something that is not there.
    """
    faults: list[str] = []
    documents: dict[Path, Document] = {}
    faults += (f"{f}:$: must be a folder of Lexicons" for f in folders if not f.is_dir())
    places = {file: folder for folder in folders for file in sorted(folder.rglob("*.json"))}
    for file in watch(list(places)):
        found = Faults()
        documents[file] = _read(file, places[file], found)
        faults += (f"{file}:{fault}" for fault in found.found)
    faults += _namesakes(documents)
    lexicons = Lexicons([*known.values(), *documents.values()])
    for file, document in documents.items():
        found = Faults()
        _check_references(document, lexicons, found)
        faults += (f"{file}:{fault}" for fault in found.found)
    if faults:
        raise LexiconFaults("\n".join(faults))
    return lexicons


def _read(file: Path, folder: Path, faults: Faults) -> Document:
    nothing = Document(id=str(file), defs={})
    try:
        value = parse_json(file.read_bytes())
    except OSError as error:
        faults.add((), f"cannot be read: {error.strerror}")
        return nothing
    except InvalidValue as fault:
        faults.add(fault.place, fault.reason)
        return nothing
    document = parse(value, faults)
    place = ".".join(file.relative_to(folder).with_suffix("").parts)
    if document.id != place:
        faults.add(("id",), f"must be {place}, as the file's path says")
    return document


def _namesakes(documents: Mapping[Path, Document]) -> Iterator[str]:
    """A document may be given twice, but not with two meanings."""
    first: dict[str, Path] = {}
    for file, document in documents.items():
        other = first.setdefault(document.id, file)
        if documents[other] != document:
            yield f"{file}:id: must say the same as {other}"


def _check_references(document: Document, lexicons: Lexicons, faults: Faults) -> None:
    for place, ref, of_union in _references(document.defs, ("defs",)):
        target = lexicons.resolve(ref, document.id)
        if target is None:
            faults.add(place, f"{ref} is not there")
        elif of_union and not isinstance(target, schema.Object | schema.Record):
            faults.add(place, f"{ref} is neither an object nor a record")
        elif isinstance(target, _NO_VALUE):
            faults.add(place, f"{ref} is not the schema of a value")


def _references(part: object, place: Place) -> Iterator[tuple[Place, str, bool]]:
    """Every reference in a part of a document, however deep, and whether a union makes it."""
    match part:
        case schema.Ref(ref=ref):
            yield (*place, "ref"), ref, False
        case schema.Union(refs=refs):
            for number, ref in enumerate(refs):
                yield (*place, "refs", number), ref, True
        case Mapping():
            for name, inside in part.items():
                yield from _references(inside, (*place, name))
        case _ if is_dataclass(part):
            for field in fields(part):
                yield from _references(getattr(part, field.name), (*place, field.name))
        case _:
            pass
