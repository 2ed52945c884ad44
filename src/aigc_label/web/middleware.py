"""A gate before an ASGI application: an upload that fails the check does not reach it.

Pure ASGI 3.0, no framework and no package needed: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import io
import os
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from aigc_label import rules
from aigc_label.gate import BUDGET, Gate
from aigc_label.profile import Profile, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from aigc_label.judging import Only
    from aigc_label.model import Report

    Scope: TypeAlias = MutableMapping[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

REPORT = "aigc_label.report"
"""The key of the scope under which the application finds the report on what it gets."""

_UPLOADS = frozenset(("POST", "PUT", "PATCH"))


def is_upload(scope: Scope) -> bool:
    """Every POST, PUT and PATCH: a gate that trusted ``Content-Type`` could be walked around."""
    return scope["method"] in _UPLOADS


def name_of(scope: Scope) -> str:
    """The last part of the address, ``poem.md`` of ``/uploads/poem.md``."""
    return os.path.basename(str(scope["path"])) or "<upload>"


def has_failed(report: Report) -> bool:
    """Whether the file fails by its profile."""
    return not report.ok


def undeclared(scope: Scope) -> bool:  # noqa: ARG001 - a default that others replace
    """Nobody declared anything."""
    return False


class GateMiddleware:
    """Answers 422 with the JSON report to an upload that is refused, and passes on the others.

    The request's body is taken for one file. As soon as the verdict is certain, a refusal is
    sent without waiting for the rest, and with ``only="implicit"`` an accepted upload streams on
    to the application; until then it is held, in memory up to ``budget``, then in a temporary
    file. The application finds the report as ``scope["aigc_label.report"]``.

    Args:
        app: the application behind the gate.
        profile: as for :func:`aigc_label.check`.
        only: ``"implicit"`` judges metadata alone. ``None`` looks for explicit marks, too, in
            another thread, when all has come; nothing reaches the application before that.
        lang: language of the messages.
        budget: bytes of one upload held in memory.
        limit: bytes of the longest upload; ``None`` for any length.
        refuse: which reports are refused; those that fail. One of your own is asked about whole
            reports only.
        applies: which requests are uploads; every POST, PUT and PATCH.
        name: the upload's name; text formats are told by it.
        declared: whether the user says that it is AI-generated (Measures art. 6).

    Raises:
        UsageError: the profile does not exist.
    """

    def __init__(
        self,
        app: App,
        *,
        profile: str | Profile = "gb45438",
        only: Only = "implicit",
        lang: str = "en",
        budget: int = BUDGET,
        limit: int | None = None,
        refuse: Callable[[Report], bool] = has_failed,
        applies: Callable[[Scope], bool] = is_upload,
        name: Callable[[Scope], str] = name_of,
        declared: Callable[[Scope], bool] = undeclared,
    ) -> None:
        self._app = app
        self._profile = rules.validated(load(profile))
        self._only = only
        self._lang = lang
        self._gate = partial(
            Gate, profile=self._profile, only=only, lang=lang, budget=budget, limit=limit
        )
        self._refuse = refuse
        self._applies = applies
        self._name = name
        self._declared = declared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or not self._applies(scope):
            await self._app(scope, receive, send)
            return
        name, declared, size = self._name(scope), self._declared(scope), _announced(scope)
        with self._gate(name=name, declared=declared, size=size) as gate:
            passing = _Passing(gate, receive)
            report = await self._verdict(gate, passing)
            if report is None:
                return  # the client is gone
            if self._refuse(report):
                await _refused(send, report, self._profile.id, self._lang)
            else:
                await self._app({**scope, REPORT: report}, passing.receive, send)

    async def _verdict(self, gate: Gate, passing: _Passing) -> Report | None:
        """Take in the body until its fate is certain; ``None`` if the client leaves before."""
        while not passing.is_complete:
            early = await passing.take()
            if passing.is_gone:
                return None
            if early is not None and (self._only == "implicit" or self._fails_anyway(early)):
                return early
        if self._only == "implicit":
            return gate.close()
        return await asyncio.to_thread(gate.close)

    def _fails_anyway(self, early: Report) -> bool:
        """Whether marks that are found later cannot save it; of another's rule nobody knows."""
        return self._refuse is has_failed and not early.ok


class _Passing:
    """A body that goes through a gate: what the gate holds first, then the rest as it comes."""

    __slots__ = ("_gate", "_pieces", "_receive", "_told_end", "is_complete", "is_gone")

    def __init__(self, gate: Gate, receive: Receive) -> None:
        self._gate = gate
        self._receive = receive
        self._pieces = gate.held()
        self._told_end = False
        self.is_complete = False
        self.is_gone = False

    async def take(self) -> Report | None:
        """Feed the next message to the gate."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_gone = True
            return None
        self.is_complete = not message.get("more_body", False)
        return self._gate.feed(message.get("body", b""))

    async def receive(self) -> Message:
        """What the application receives."""
        for piece in self._pieces:
            return {"type": "http.request", "body": piece, "more_body": True}
        if self._told_end:
            return await self._receive()
        if self.is_complete:
            self._told_end = True
            return {"type": "http.request", "body": b"", "more_body": False}
        before = self._gate.early
        message = await self._receive()
        if message["type"] == "http.request":
            self._told_end = not message.get("more_body", False)
            if self._gate.feed(message.get("body", b"")) is not before:  # over the limit after all
                return {"type": "http.disconnect"}
        return message


def _announced(scope: Scope) -> int | None:
    """The body's length, if the client says it."""
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return None


async def _refused(send: Send, report: Report, profile: str, lang: str) -> None:
    from aigc_label.reporters import json  # noqa: PLC0415 - what passes needs no words

    text = io.StringIO()
    json.render([report], stream=text, profile=profile, lang=lang)
    body = text.getvalue().encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # the rest of the body may never be read
    ]
    await send({"type": "http.response.start", "status": 422, "headers": headers})
    await send({"type": "http.response.body", "body": body})
