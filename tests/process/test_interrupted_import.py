"""An import of people that breaks off: a server goes away, or somebody has waited long enough."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.commands import Ended, run


class Server(BaseHTTPRequestHandler):
    """Answers all that is a dry run, and one request that is not; then it hangs up."""

    left = 1

    def do_POST(self) -> None:
        """Invite, or hang up."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not asked["dryRun"]:
            if not type(self).left:
                self.close_connection = True
                return
            type(self).left -= 1
        results = [{"email": row["email"]} for row in asked["invitations"]]
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", f"{len(body)}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def answering_once() -> Iterator[str]:
    """The address of a server that goes away."""

    class Once(Server):
        pass

    with HTTPServer(("127.0.0.1", 0), Once) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def broken(tmp_path: Path) -> Ended:
    """An import of 2,001 people whose second request got no answer."""
    file = tmp_path / "people.csv"
    file.write_text("email\n" + "".join(f"p{number}@mail.test\n" for number in range(2_001)))
    with answering_once() as url:
        settings = {"INVITES_SERVER": url, "INVITES_TOKEN": "xit_a"}
        return run("invitations", "import", str(file), "--yes", **settings)


def test_each_row_is_told_apart_by_what_is_known_of_it(broken: Ended) -> None:
    fates = [line.split("\t")[2] for line in broken.stdout.splitlines()[1:]]

    assert fates == ["invited"] * 1_000 + ["unknown"] * 1_000 + ["not-asked"]


def test_what_is_left_to_do_is_said(broken: Ended) -> None:
    said = broken.stderr.splitlines()

    assert broken.returncode == 75
    assert said[:4] == [
        "can be invited: 2001",
        "invited: 1000",
        "nobody knows what became of lines 1002 to 2001: no answer came",
        "not sent: 1",
    ]
    assert said[4].startswith("import the same file once that is put right")
    assert said[5].startswith("no answer from http://127.0.0.1:")
