"""Writes what a mail says, from templates that an operator can replace."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateSyntaxError,
    select_autoescape,
)

from xrpc_invites.invites.invitations import Letter, link, linkless
from xrpc_invites.invites.outbox import Kind
from xrpc_invites.languages import LANGUAGES, fitting, translations

TEMPLATES = Path(__file__).parent / "templates"
LOCALES = Path(__file__).parent / "locales"
PARTS = ("subject.txt", "txt", "html")
LAYOUTS = frozenset({"layout.txt", "layout.html"})

LONGEST_NAME = 80
LONGEST_SUBJECT = 150
_LINE_ENDS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")

OptOutToken = Callable[[int, str], str]
"""What proves that somebody may opt out an address, by an invitation's id and the address."""


class MailFault(Exception):
    """Mail cannot be written; the text says why."""


class TemplatesFault(MailFault):
    """A template is wrong; the text names it and says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a mail says."""

    language: str
    subject: str
    text: str
    html: str
    opt_out: str
    """The address at which one request ends all invitations."""


class Letters:
    """Writes letters for one server."""

    def __init__(
        self, *, origin: str, host: str, opt_out_token: OptOutToken, folder: Path | None = None
    ) -> None:
        """Templates of `folder` come before ours.

        Raises:
            CatalogMissing: A language is not compiled.
        """
        self._origin = origin
        self._host = host
        self._opt_out_token = opt_out_token
        self._folder = folder
        ours = FileSystemLoader(TEMPLATES)
        loader = ChoiceLoader([FileSystemLoader(folder), ours]) if folder else ours
        self._environments = {language: _environment(loader, language) for language in LANGUAGES}

    def write(self, kind: Kind, letter: Letter) -> Written:
        """Write a letter in the language of whom it is for.

        Raises:
            Exception: A template does not work with it.
        """
        language = fitting(letter.language)
        opt_out = f"{self._origin}/opt-out/{self._opt_out_token(letter.invitation, letter.email)}"
        values = {**self._values(letter), "language": language, "opt_out": opt_out}
        # What an inviter chose has no place in a subject.
        subject = self._render(f"{kind}.subject.txt", language, {"host": self._host})
        return Written(
            language=language,
            subject=one_line(subject)[:LONGEST_SUBJECT],
            text=self._render(f"{kind}.txt", language, values),
            html=self._render(f"{kind}.html", language, values),
            opt_out=opt_out,
        )

    def check(self) -> None:
        """Write letters of all kinds in all languages.

        Raises:
            TemplatesFault: A template of the folder is no template, or does not work.
        """
        if self._folder:
            _check_names(self._folder)
        for kind in Kind:
            for letter in _examples():
                self._check(kind, letter)

    def _check(self, kind: Kind, letter: Letter) -> None:
        try:
            written = self.write(kind, letter)
        except TemplateSyntaxError as error:
            raise TemplatesFault(f"{error.name}, line {error.lineno}: {error.message}") from None
        except Exception as error:
            # A template can go wrong in any way that a program can.
            raise TemplatesFault(f"{kind} in {letter.language}: {error}") from error
        if not written.subject:
            raise TemplatesFault(f"{kind}.subject.txt in {letter.language}: says nothing")
        for part, said in (("txt", written.text), ("html", written.html)):
            if self._url(letter) not in said:
                raise TemplatesFault(f"{kind}.{part} in {letter.language}: leaves out the url")

    def _values(self, letter: Letter) -> Mapping[str, object]:
        """What a template can use."""
        return {
            "host": self._host,
            "url": self._url(letter),
            "code": letter.code,
            "inviter": one_line(letter.inviter or ""),
            "name": speakable(letter.name),
            "message": plain(letter.message),
            "role": one_line(letter.role or ""),
            "expires": f"{letter.expires_at:%Y-%m-%d %H:%M} UTC" if letter.expires_at else "",
        }

    def _url(self, letter: Letter) -> str:
        return link(self._origin, letter.code)

    def _render(self, name: str, language: str, values: Mapping[str, object]) -> str:
        what, _, part = name.partition(".")
        names = [f"{what}.{language}.{part}", name]
        return self._environments[language].select_template(names).render(values).strip() + "\n"


def one_line(text: str) -> str:
    """Text without ends of lines, blanks in a row, and what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def plain(text: str | None) -> str:
    """A text of several lines; nothing where it holds links, whoever let them in."""
    said = "\n".join(one_line(line) for line in _LINE_ENDS.split((text or "").strip()))
    return said if linkless(said) else ""


def speakable(name: str | None) -> str:
    """A name to greet somebody by; nothing where it is no name but an advertisement."""
    said = one_line(name or "")
    return said if len(said) <= LONGEST_NAME and linkless(said) else ""


def _environment(loader: BaseLoader, language: str) -> Environment:
    made = Environment(
        loader=loader,
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.filters["quoted"] = _quoted
    # The extension adds the method, which no type tells.
    install = getattr(made, "install_gettext_translations")  # noqa: B009
    install(translations(LOCALES, language), newstyle=True)
    return made


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _check_names(folder: Path) -> None:
    if not folder.is_dir():
        raise TemplatesFault(f"{folder} is not a folder")
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.name.startswith(".") and file.name not in _names():
            raise TemplatesFault(f"{file.name} is the name of no template: see docs/mail.md")


def _names() -> Iterator[str]:
    yield from LAYOUTS
    for kind in Kind:
        for part in PARTS:
            yield f"{kind}.{part}"
            yield from (f"{kind}.{language}.{part}" for language in LANGUAGES)


def _examples() -> Iterator[Letter]:
    """Letters with everything, and with nothing, in all languages."""
    whole = Letter(
        invitation=1,
        email="ada@example.org",
        name="Ada",
        language=None,
        code="example-abcde-fghij",
        inviter="@bea.example.org",
        message="Two lines\nof text.",
        role="member",
        expires_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
    )
    bare = replace(whole, name=None, inviter=None, message=None, role=None, expires_at=None)
    for language in LANGUAGES:
        yield replace(whole, language=language)
        yield replace(bare, language=language)
