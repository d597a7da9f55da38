"""Letters: in six languages, by our templates and by an operator's."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.mail.examples import LETTER, letters
from xrpc_invites.invites.outbox import Kind
from xrpc_invites.languages import LANGUAGES
from xrpc_invites.mail.letters import TemplatesFault

GREETINGS = {
    "en": "Hello Ada,",
    "de": "Hallo Ada,",
    "es": "Hola, Ada:",
    "fr": "Bonjour Ada,",
    "ja": "Ada 様",
    "pt": "Olá, Ada,",
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str, kind: Kind) -> None:
    written = letters().write(kind, replace(LETTER, language=language))

    assert written.language == language
    assert "invites.example.org" in written.subject
    assert written.text.startswith(GREETINGS[language])
    for part in (written.text, written.html):
        for said in (
            "https://invites.example.org/i/invites-abcde-fghij",
            "https://invites.example.org/opt-out/token-7-15",
            "@bea.example.org",
            "We would love to have you.",
            "2026-01-01 12:00 UTC",
        ):
            assert said in part


@pytest.mark.parametrize("kind", Kind)
def test_no_two_languages_say_the_same(kind: Kind) -> None:
    written = [letters().write(kind, replace(LETTER, language=one)) for one in LANGUAGES]

    assert len({one.subject for one in written}) == len(LANGUAGES)


def test_without_a_name_a_message_and_an_end_nothing_is_missing() -> None:
    written = letters().write(
        Kind.INVITATION, replace(LETTER, name=None, message=None, role=None, expires_at=None)
    )

    assert written.text.startswith("Hello,\n\n@bea.example.org invites you")
    assert "writes" not in written.text
    assert "good until" not in written.text


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_invites_need_not_be_named(language: str, kind: Kind) -> None:
    written = letters().write(kind, replace(LETTER, inviter=None, language=language))

    assert "None" not in written.text + written.html
    assert "We would love to have you." in written.text
    assert written.text.count("invites.example.org") >= 3


def test_a_message_that_holds_a_link_is_left_out() -> None:
    written = letters().write(Kind.INVITATION, replace(LETTER, message="Go to evil.example now"))

    assert "evil" not in written.text + written.html
    assert "writes" not in written.text


def test_what_an_inviter_wrote_is_text_and_no_markup() -> None:
    written = letters().write(
        Kind.INVITATION,
        replace(LETTER, name="<b>Ada</b>", message="<script>x</script>\n{{ code }}", inviter="<i>"),
    )

    assert "<script" not in written.html
    assert "<b>" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "> <script>x</script>\n> {{ code }}\n" in written.text


@pytest.mark.parametrize(
    "name",
    ["https://evil.example", "www.evil.example", "evil.example", "eve@evil.example", "x" * 99],
)
def test_a_name_that_is_an_advertisement_is_not_said(name: str) -> None:
    written = letters().write(Kind.INVITATION, replace(LETTER, name=name))

    assert written.text.startswith("Hello,\n")
    assert name not in written.html


@pytest.mark.parametrize("name", ["Ada L. Lovelace", "Søren", "李小龍", "O'Neil-Smith"])
def test_a_name_is_said_as_it_is(name: str) -> None:
    assert (
        letters()
        .write(Kind.INVITATION, replace(LETTER, name=name))
        .text.startswith(f"Hello {name},")
    )


def overridden(folder: Path, **files: str) -> Path:
    """A folder with these templates; names are written with _ for a dot."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def test_an_operators_template_comes_before_ours(tmp_path: Path) -> None:
    overridden(
        tmp_path, invitation_txt="{{ name }}: {{ url }}", reminder_subject_txt="Come to {{ host }}!"
    )

    writer = letters(tmp_path)
    writer.check()

    assert writer.write(Kind.INVITATION, LETTER).text == (
        "Ada: https://invites.example.org/i/invites-abcde-fghij\n"
    )
    assert writer.write(Kind.INVITATION, LETTER).html.startswith("<!DOCTYPE html>")
    assert writer.write(Kind.REMINDER, LETTER).subject == "Come to invites.example.org!"


def test_a_template_of_a_language_comes_before_that_of_all(tmp_path: Path) -> None:
    overridden(tmp_path, invitation_txt="all {{ url }}", invitation_de_txt="deutsch {{ url }}")
    writer = letters(tmp_path)

    written = [
        writer.write(Kind.INVITATION, replace(LETTER, language=one)).text[:3]
        for one in ("de", "fr")
    ]

    assert written == ["deu", "all"]


def test_one_layout_changes_the_look_of_all_letters(tmp_path: Path) -> None:
    overridden(tmp_path, layout_html="<p>{% block opening %}{% endblock %} <b>{{ url }}</b>")
    writer = letters(tmp_path)
    writer.check()

    for kind in Kind:
        assert "<b>https://invites.example.org" in writer.write(kind, LETTER).html


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"invitation_txt": "{{ url }"}, r"invitation\.txt, line 1: unexpected '}'"),
        ({"invitation_html": "a\n{% if %}"}, r"invitation\.html, line 2: "),
        ({"invitation_txt": "{{ link }}"}, "invitation in en: 'link' is undefined"),
        ({"invitation_subject_txt": "{{ inviter }} invites you"}, "'inviter' is undefined"),
        ({"reminder_subject_txt": " "}, r"reminder\.subject\.txt in en: says nothing"),
        ({"reminder_ja_html": "{{ code }}"}, r"reminder\.html in ja: leaves out the url"),
        ({"invitation_txt": "{{ url }} {{ 1 / 0 }}"}, "division by zero"),
        ({"invitation_txt": "{% include 'gone.txt' %}{{ url }}"}, r"gone\.txt"),
        ({"invitaton_txt": "{{ url }}"}, r"invitaton\.txt is the name of no template"),
        ({"layout_txt": "{{ url }} {{ name.first }}"}, "has no attribute 'first'"),
    ],
)
def test_a_template_that_does_not_work_is_named(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    writer = letters(overridden(tmp_path, **files))

    with pytest.raises(TemplatesFault, match=said):
        writer.check()


def test_a_file_that_is_no_text_and_a_folder_that_is_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "invitation.txt").write_bytes(b"\xff\xfe")
    (tmp_path / ".hidden").touch()

    with pytest.raises(TemplatesFault, match="invitation in en: 'utf-8' codec"):
        letters(tmp_path).check()
    with pytest.raises(TemplatesFault, match="is not a folder"):
        letters(tmp_path / "nothing").check()


def test_an_end_is_told_in_utc() -> None:
    end = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)

    assert (
        "2026-12-31 23:59 UTC"
        in letters().write(Kind.INVITATION, replace(LETTER, expires_at=end)).text
    )
