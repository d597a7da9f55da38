"""Pages made of templates, in the language of the visitor, with nothing that runs."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from xrpc_invites.languages import LANGUAGES, preferred, translations

TEMPLATES = Path(__file__).parent / "templates"
LOCALES = Path(__file__).parent / "locales"
_STYLE = (TEMPLATES / "style.css").read_text()
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may do for a page: show it in its own style, and send its form back."""


def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(LOCALES, language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.globals |= {"language": language, "style": _STYLE}
    return made


class Pages:
    """Makes pages, each with the headers that all have."""

    def __init__(self, headers: Mapping[str, str], *, host: str) -> None:
        """Every page has the headers; `host` is what people are invited to."""
        self._environments = {language: environment(language) for language in LANGUAGES}
        self._headers = {
            **headers,
            "Content-Security-Policy": POLICY,
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex",
        }
        self._host = host

    def page(
        self,
        name: str,
        accept_language: str,
        status: int = HTTPStatus.OK,
        **values: str | None,
    ) -> HTMLResponse:
        """The page of a template, in the language that fits best."""
        language = preferred(accept_language)
        template = self._environments[language].get_template(f"{name}.html")
        text = template.render(host=self._host, **values)
        headers = {**self._headers, "Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(text, status, headers)
