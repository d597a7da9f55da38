"""Tags: what is known of the names that invitations grant."""

from typing import Any

import httpx
import pytest

from tests.servers import Served, error_of

pytestmark = pytest.mark.anyio

CREATE, UPDATE, DELETE, LIST = (
    f"org.xrpcinvites.{name}" for name in ("createTag", "updateTag", "deleteTag", "listTags")
)


async def ask(server: Served, nsid: str, **body: object) -> httpx.Response:
    return await server.post(nsid, body, auth=server.admin)


async def tag(server: Served, name: str, **known: object) -> dict[str, Any]:
    answer = await ask(server, CREATE, name=name, **known)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def listed(server: Served, **params: str) -> list[dict[str, Any]]:
    answer = await server.get(LIST, params=params, auth=server.admin)
    assert answer.status_code == 200, answer.text
    tags: list[dict[str, Any]] = answer.json()["tags"]
    return tags


async def invite(server: Served, *tags: str, email: str = "ada@mail.test") -> dict[str, Any]:
    rows = [{"email": email, "tags": tags}]
    answer = await ask(server, "org.xrpcinvites.createInvitations", invitations=rows)
    [found] = answer.json()["results"]
    assert isinstance(found, dict)
    return found


async def test_a_tag_is_shown_with_all_that_was_said(server: Served) -> None:
    known = {
        "type": "category",
        "description": "Those who came first",
        "color": "#1d9bf0",
        "visible": False,
        "active": False,
        "visibilityBoost": True,
    }

    made = await tag(server, "founders", **known)

    assert known.items() <= made.items()
    assert made["deleted"] is False
    assert await listed(server) == [made]


async def test_no_two_tags_of_a_type_have_one_name(server: Served) -> None:
    first = await tag(server, "founders")
    await tag(server, "founders", type="category")
    other = await tag(server, "press")

    assert error_of(await ask(server, CREATE, name="founders")) == (400, "TagTaken")
    renamed = await ask(server, UPDATE, id=other["id"], name="founders")
    assert error_of(renamed) == (400, "TagTaken")

    await ask(server, DELETE, id=first["id"])
    assert (await ask(server, UPDATE, id=other["id"], name="founders")).json()["name"] == "founders"


async def test_a_change_leaves_what_it_does_not_name(server: Served) -> None:
    made = await tag(server, "founders", description="First", color="#000000")

    changed = (await ask(server, UPDATE, id=made["id"], color=None, active=False)).json()

    del made["color"]
    assert changed == made | {"active": False}
    assert (await ask(server, UPDATE, id=made["id"])).json() == changed


async def test_deleting_a_tag_keeps_history(server: Served) -> None:
    made = await invite(server, "founders")
    [known] = await listed(server)

    gone = (await ask(server, DELETE, id=known["id"])).json()

    assert gone == known | {"deleted": True}
    assert await listed(server) == []
    assert await listed(server, includeDeleted="true") == [gone]
    shown = await server.get(
        "org.xrpcinvites.getInvitation",
        params={"id": made["invitation"]["id"]},
        auth=server.admin,
    )
    assert shown.json()["tags"] == ["founders"]
    for nsid in (UPDATE, DELETE):
        assert error_of(await ask(server, nsid, id=known["id"])) == (400, "TagNotFound")


async def test_a_tag_that_nobody_knows_is_made_by_an_invitation(server: Served) -> None:
    await tag(server, "press", description="Writers")

    await invite(server, "press", "founders")

    assert [(one["name"], one["type"]) for one in await listed(server)] == [
        ("founders", "user"),
        ("press", "user"),
    ]


async def test_a_tag_that_is_not_active_is_given_to_nobody(server: Served) -> None:
    made = await tag(server, "press", active=False)
    assert (await invite(server, "press"))["reason"] == "inactive-tag"

    await ask(server, UPDATE, id=made["id"], active=True)

    assert "reason" not in await invite(server, "press")


async def test_tags_are_paged(server: Served) -> None:
    for n in range(3):
        await tag(server, f"t{n}")

    first = (await server.get(LIST, params={"limit": 2}, auth=server.admin)).json()
    second = (
        await server.get(LIST, params={"limit": 2, "cursor": first["cursor"]}, auth=server.admin)
    ).json()

    assert [one["name"] for one in first["tags"] + second["tags"]] == ["t2", "t1", "t0"]
    assert "cursor" not in second
    assert await listed(server, type="category") == []


@pytest.mark.parametrize(
    "known",
    [
        {"name": " founders"},
        {"name": "two\nlines"},
        {"name": "t", "color": "#12345g"},
        {"name": "t", "color": "1234567"},
        {"name": "t", "type": "people"},
        {"name": "t" * 65},
    ],
)
async def test_what_no_tag_can_be_is_explained(server: Served, known: dict[str, str]) -> None:
    answer = await ask(server, CREATE, **known)

    assert error_of(answer) == (400, "InvalidRequest")
    assert await listed(server) == []
