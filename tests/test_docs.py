"""What the documents promise is so, and what they show works when it is pasted."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import report, rows
from tests import needs
from tests.processes import serving
from tests.readme import README, paste_session
from xrpc_invites.app import shipped
from xrpc_invites.lexicon.load import load
from xrpc_invites.lexicon.notation import page
from xrpc_invites.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
SERVE = {"HOST", "PORT", "WORKERS"}
CALLS = {"SERVER", "TOKEN", "TOKEN_FILE"}
TOUR = (ROOT / "docs" / "tour.md").read_text()
LINKED = sorted(
    {*re.findall(r"\]\(([^)#]+)\)", README), *re.findall(r"`((?:src|lexicons)/[^`]+)`", TOUR)}
)
BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text()
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = re.findall(rf"^\| `{PREFIX}(\w+)` \|", SETTINGS, re.MULTILINE)

    fields = {name.upper() for name in Settings.model_fields}
    assert sorted(documented) == sorted(fields | SERVE | CALLS)


@pytest.mark.parametrize("name", ["MAX_OPEN", "REQUIRED", "PUBLIC_URL", "LOG_LEVEL", "DATA_DIR"])
def test_a_documented_default_is_the_default(name: str) -> None:
    row = re.search(rf"^\| `{PREFIX}{name}` \| `([^`]*)`", SETTINGS, re.MULTILINE)

    assert row
    default = Settings.model_fields[name.lower()].default
    assert row[1] == str(default).removesuffix("/").replace("True", "true")


def test_the_readme_opens_with_one_plain_sentence() -> None:
    first = README.split("\n\n")[0]

    assert first.startswith("**xrpc-invites** ")
    assert first.count(". ") == 0
    assert first.endswith(".")


def test_the_readmes_session_can_be_pasted(tmp_path: Path) -> None:
    needs.program("curl", "install curl")

    with serving(tmp_path) as server:
        joined, refused = paste_session(tmp_path, server.url)

    assert joined["did"] == "did:web:ada.test"
    assert refused == {
        "error": "InvalidInviteCode",
        "message": "Provided invite code not available",
    }
    assert json.dumps(refused, separators=(",", ":")) in README


def test_the_readme_has_two_commands_and_both_are_in_the_makefile() -> None:
    rows = re.findall(r"^\| (\w+ it) \| `make (\w+)`", README, re.MULTILINE)

    assert rows == [("run it", "serve"), ("test it", "test")]
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{target}:" in makefile for _, target in rows)


@pytest.mark.parametrize("name", LINKED)
def test_what_is_linked_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{n + 1:04}" for n in range(len(DECISIONS))]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_what_keeps_it(path: Path) -> None:
    text = path.read_text()

    assert text.startswith(f"# {int(path.name[:4])}. ")
    for heading in ("Context", "Decision", "Consequences", "Kept by"):
        assert f"**{heading}.**" in text


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_page_of_methods_is_current() -> None:
    # Made by: xrpc-invites lexicon show > docs/methods.md
    assert (ROOT / "docs" / "methods.md").read_text() == page(load(shipped("lexicons")))


def table(page: str, section: str) -> list[str]:
    """The lines of a table that a benchmark wrote, without its head."""
    written = re.search(rf"<!-- {section}:.*?-->(.*?)<!-- /{section} -->", page, re.DOTALL)
    assert written
    return [line for line in written[1].splitlines() if line.startswith("|")][2:]


@pytest.mark.parametrize(
    ("section", "titles"),
    [
        ("compared", [row.title for row in rows.COMPARED]),
        ("growth", [f"{size:,}" for size in rows.LISTING]),
        ("limited", [row.title for row in rows.LIMITED]),
        ("redeeming", [row.title for row in rows.REDEEMING]),
        ("figures", list(report.FIGURES)),
    ],
)
def test_the_page_of_benchmarks_has_everything_that_is_measured(
    section: str, titles: list[str]
) -> None:
    assert [line.split(" | ")[0] for line in table(BENCHMARKS, section)] == [
        f"| {title}" for title in titles
    ]


def test_what_the_readme_says_of_speed_was_measured() -> None:
    measured = [line.split(" | ")[:4] for line in table(BENCHMARKS, "compared")]

    said = [line.removesuffix(" |").split(" | ") for line in table(README, "speed")]
    assert len(said) == len(report.IN_README)
    assert all(cells in measured for cells in said)
