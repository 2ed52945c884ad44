"""Uploads before an application: refused, passed on, and no byte lost; also under a real server."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_label import ExplicitLabel, ImplicitLabel, UsageError, label
from aigc_label.web import GateMiddleware

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "upload-gate.md"
DEMO = Path(__file__).resolve().parents[2] / "src" / "aigc_label" / "demo"
LABEL = ImplicitLabel(content_producer="001191110102MACQD9K64010000", produce_id="42")
FILM = (DEMO / "film.mp4").read_bytes()
POEM = (DEMO / "poem.md").read_bytes()
INDEX_FIRST = (
    struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"mp41")
    + struct.pack(">I4sI4s", 8, b"moov", 100_008, b"mdat")
    + bytes(100_000)
)


@pytest.fixture(scope="module")
def labelled():
    return label(FILM, LABEL, name="film.mp4").data


class Server:
    """Sends one request through an application, message by message, and keeps what comes back."""

    def __init__(self, app, body, *, chunk=4096, leaves=False, **scope):
        self.scope = {
            "type": "http", "method": "PUT", "path": "/up/film.mp4",
            "headers": [(b"content-length", str(len(body)).encode())], **scope,
        }  # fmt: skip
        self.left = [body[at : at + chunk] for at in range(0, len(body), chunk)] or [b""]
        self.all = len(self.left)
        self.leaves = leaves
        self.sent = []
        asyncio.run(app(self.scope, self.receive, self.send))

    async def receive(self):
        if not self.left or (self.leaves and len(self.left) < self.all / 2):
            return {"type": "http.disconnect"}
        body = self.left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self.left)}

    async def send(self, message):
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"] if self.sent else None

    @property
    def report(self):
        return json.loads(self.sent[1]["body"])["reports"][0]


class App:
    """Takes in a body as applications do."""

    def __init__(self):
        self.body, self.scope, self.messages, self.ended = b"", None, 0, None

    async def __call__(self, scope, receive, send):
        self.scope, more = scope, True
        while more:
            message = await receive()
            self.messages += 1
            self.ended = message["type"]
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        self.after = await receive()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_a_labelled_film_streams_on_once_its_head_is_read(labelled):
    app = App()
    server = Server(GateMiddleware(app), labelled)
    assert server.status == 201
    assert app.body == labelled
    assert app.after == {"type": "http.disconnect"}
    assert app.scope["aigc_label.report"].attribution == "confirmed"
    assert app.scope["path"] == server.scope["path"]
    assert "aigc_label.report" not in server.scope


def test_an_unlabelled_one_is_refused_with_the_report():
    app = App()
    server = Server(GateMiddleware(app, lang="zh"), FILM)
    assert server.status == 422
    assert app.scope is None
    assert dict(server.sent[0]["headers"])[b"content-type"] == b"application/json"
    assert server.report["path"] == "film.mp4"
    assert server.report["findings"][0]["rule"] == "implicit.missing"
    assert "隐式标识" in server.report["findings"][0]["message"]


def test_it_is_refused_before_it_has_come():
    server = Server(GateMiddleware(App()), INDEX_FIRST, chunk=1000)
    assert server.status == 422
    assert len(server.left) > server.all / 2


def test_marks_are_looked_for_when_all_has_come():
    marked = label(POEM, LABEL, explicit=ExplicitLabel(), name="poem.md").data
    bare = label(POEM, LABEL, name="poem.md").data
    for body, status in ((marked, 201), (bare, 422)):
        app = App()
        server = Server(GateMiddleware(app, only=None), body, chunk=100, path="/poem.md")
        assert server.status == status
        assert app.body == (body if status == 201 else b"")


def test_whole_check_refuses_early_what_marks_cannot_save():
    server = Server(GateMiddleware(App(), only=None), INDEX_FIRST, chunk=1000)
    assert server.status == 422
    assert len(server.left) > server.all / 2


def test_a_rule_of_ones_own_decides(labelled):
    app = App()
    for body, status in ((labelled, 422), (FILM, 201)):
        gate = GateMiddleware(app, refuse=lambda report: report.attribution is not None)
        assert Server(gate, body).status == status
    assert app.body == FILM


def test_what_its_user_declares_is_possible():
    app = App()
    gate = GateMiddleware(
        app, refuse=lambda _: False, declared=lambda scope: (b"x-ai", b"1") in scope["headers"]
    )
    Server(gate, FILM, headers=[(b"x-ai", b"1")])
    assert app.scope["aigc_label.report"].attribution == "possible"
    assert app.body == FILM


@pytest.mark.parametrize("scope", [{"method": "GET"}, {"type": "websocket"}, {"type": "lifespan"}])
def test_what_is_no_upload_is_not_looked_at(scope):
    app = App()
    Server(GateMiddleware(app), b"", **scope)
    assert "aigc_label.report" not in app.scope


def test_which_requests_are_uploads_can_be_said():
    app = App()
    Server(GateMiddleware(app, applies=lambda scope: scope["path"] == "/x"), FILM)
    assert app.body == FILM


def test_nothing_at_all_fails():
    server = Server(GateMiddleware(App()), b"", path="/", headers=[])
    assert server.status == 422
    assert server.report["path"] == "<upload>"
    assert server.report["findings"][0]["rule"] == "file.empty"


def test_a_client_that_leaves_gets_no_answer():
    app = App()
    gate = GateMiddleware(app)
    assert Server(gate, POEM * 99, path="/poem.md", leaves=True).sent == []
    assert app.scope is None


def test_a_client_that_leaves_behind_the_verdict_is_the_applications_business(labelled):
    app = App()
    server = Server(GateMiddleware(app), labelled, chunk=1000, leaves=True)
    assert app.ended == "http.disconnect"
    assert labelled.startswith(app.body)
    assert len(app.body) > server.all * 400


def test_what_is_over_the_limit_is_refused_unread():
    server = Server(GateMiddleware(App(), limit=1000), FILM)
    assert server.status == 422
    assert server.report["findings"][0]["rule"] == "file.limit"
    assert len(server.left) == server.all - 1


def test_what_goes_on_behind_its_verdict_is_cut_off(labelled):
    """A server would not let a body be longer than announced; the gate does not rely on it."""
    app = App()
    size = [(b"content-length", str(len(labelled)).encode())]
    server = Server(GateMiddleware(app), labelled + bytes(9000), headers=size)
    assert app.ended == "http.disconnect"
    assert app.body == labelled[: len(app.body)]
    assert server.status == 201  # the application's own answer to a body that broke off


def test_a_profile_that_is_not_there_is_told_at_once():
    with pytest.raises(UsageError):
        GateMiddleware(App(), profile="no-such-profile")


@contextlib.contextmanager
def serving(folder):
    examples = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    app = next(example for example in examples if "# app.py" in example)
    (folder / "app.py").write_text(app, encoding="utf-8")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        program = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", "app:app", "--fd", str(listening.fileno())),
                *("--lifespan", "off", "--log-level", "warning"),
            ],
            cwd=folder,
            pass_fds=[listening.fileno()],
        )
        try:
            yield listening.getsockname()[1]
        finally:
            program.terminate()
            program.wait(20)


def put(port, name, body, *, chunked=False):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    pieces = (body[at : at + 5000] for at in range(0, len(body), 5000))
    with contextlib.closing(connection):
        if chunked:
            connection.request("PUT", f"/up/{name}", pieces, encode_chunked=True,
                               headers={"Transfer-Encoding": "chunked"})  # fmt: skip
        else:
            connection.request("PUT", f"/up/{name}", body)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_the_example_of_the_docs_serves(tmp_path, labelled):
    with serving(tmp_path) as port:
        for chunked in (False, True):
            status, said = put(port, "film.mp4", labelled, chunked=chunked)
            assert (status, said) == (201, f"{len(labelled)} bytes, confirmed\n".encode())
            status, said = put(port, "poem.md", POEM, chunked=chunked)
            assert status == 422
            assert json.loads(said)["reports"][0]["findings"][0]["rule"] == "implicit.missing"
