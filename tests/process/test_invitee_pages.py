"""Pages of invitees as a browser and a mail program meet them, from a real process."""

import httpx

from tests import commands
from tests.servers import ADMIN

GUEST = {"email": "jane@example.org", "name": "Jane Doe"}


def test_the_link_of_an_invitation_opens_in_a_browser(place: commands.Place) -> None:
    asked = {"invitations": [GUEST]}
    made = httpx.post(
        f"{place.url}/xrpc/org.xrpcinvites.createInvitations", json=asked, auth=ADMIN
    ).json()
    code = made["results"][0]["invitation"]["code"]

    with httpx.Client(base_url=place.url, headers={"Accept-Language": "fr"}) as browser:
        page = browser.get(f"/i/{code}")
        wrong = browser.get("/i/not-this-one")
        unknown = browser.post("/opt-out/1.nobody", data={"List-Unsubscribe": "One-Click"})

    assert (page.status_code, code in page.text) == (200, True)
    assert "Vous êtes invité·e à rejoindre" in page.text
    assert (wrong.status_code, unknown.status_code) == (404, 404)
    assert "Jane" not in page.text
