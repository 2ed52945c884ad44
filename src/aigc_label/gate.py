"""Checking an upload while it arrives: a verdict as soon as no later byte could change it.

An early verdict is proven, not guessed: the ordinary check runs over a stream that is as long as
the whole upload but has only its first bytes yet. If it comes to its end without asking for a byte
that is not there, no later byte can make it come to another. If it asks, the gate waits until that
byte has come. This holds for every format, plugins included, and asks nothing of them.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from typing import IO, TYPE_CHECKING, cast

from aigc_label import api, judging, registry, rules
from aigc_label.arriving import Arriving, AtLeast, NotYet
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, LimitExceeded, Malformed, UsageError
from aigc_label.model import Attribution, FoundLabel, Inspection, Report
from aigc_label.profile import Profile, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from aigc_label.judging import Only
    from aigc_label.provenance.trust import Trust
    from aigc_label.trust.store import TrustStore

BUDGET = 8 << 20
"""Bytes of one upload held in memory unless told otherwise; more go to a temporary file."""

_FIRST_LOOK = 256
"""Below this no format with a signature can be told; a shorter upload is looked at when it ends."""

_PIECE = 1 << 16


class Gate:
    """Judges one upload that arrives in pieces, as :func:`aigc_label.check` judges a whole one.

    >>> with Gate(name="poem.md", only="implicit") as gate:
    ...     for chunk in (b"# A poem", b" of spring"):
    ...         early = gate.feed(chunk)
    ...     report = gate.close()
    >>> report.ok, report.findings[0].rule
    (False, 'implicit.missing')

    Attributes:
        received: bytes that have come.
        early: the early verdict; ``None`` as long as a later byte could change it.

    Args:
        name: the upload's name; text formats are told by it.
        profile: as for :func:`aigc_label.check`.
        declared: its user says that it is AI-generated (Measures art. 6).
        size: length of the whole in bytes (``Content-Length``), if it is known. It makes more
            verdicts early ones. An upload of another length fails as damaged.
        only: ``"implicit"`` looks at metadata only, and what comes behind an early verdict is not
            kept. Otherwise all is kept, and explicit marks are looked for when it is complete.
        lang: language of the messages.
        budget: bytes held in memory; more go to a temporary file.
        limit: bytes of the longest upload; a longer one fails as over the limit, and what is
            beyond is not kept. ``None`` for any length.
        c2pa: as for :func:`aigc_label.check`; needs the whole file.
        trust: as for :func:`aigc_label.check`; a signed label needs the content that it signs.

    Raises:
        UsageError: the profile does not exist, or the arguments make no sense.
    """

    def __init__(
        self,
        *,
        name: str = "<upload>",
        profile: str | Profile = "gb45438",
        declared: bool = False,
        size: int | None = None,
        only: Only = None,
        lang: str = "en",
        budget: int = BUDGET,
        limit: int | None = None,
        c2pa: bool | Trust = False,
        trust: TrustStore | None = None,
    ) -> None:
        if (size is not None and size < 0) or budget < 0 or (limit is not None and limit < 0):
            raise UsageError("size, budget and limit are numbers of bytes, not negative")
        api.refuse_question(only, lang)
        self.received = 0
        self.early: Report | None = None
        self._name = name
        self._profile = rules.validated(load(profile))
        self._declared = declared
        self._size = size
        self._only = only
        self._lang = lang
        self._limit = limit
        self._c2pa = c2pa
        self._trust = trust
        self._look_at = _FIRST_LOOK if size is None else min(_FIRST_LOOK, size)
        self._attribution: Attribution | None = None
        self._refused: Report | None = None
        self._final: Report | None = None
        self._is_closed = self._is_entered = False
        self._held: IO[bytes] = tempfile.SpooledTemporaryFile(budget)  # noqa: SIM115 - see close()

    def __enter__(self) -> Self:
        self._is_entered = True
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True
        self._held.close()

    @property
    def attribution(self) -> Attribution | None:
        """The state of article 6 that is certain already; ``None`` while it is open.

        It may be known before the verdict: a label that says "is AI-generated" is not undone by
        what follows. A declaration, or a weaker label, is certain only with the verdict.
        """
        return self._attribution

    def feed(self, chunk: bytes | bytearray | memoryview) -> Report | None:
        """Take the next bytes.

        Returns:
            From when on no later byte can change it, what is to be said of the implicit label;
            explicit marks stand in it as not looked at. ``None`` before that.

        Raises:
            UsageError: the gate is closed.
            OSError: unwrapped, from the temporary file.
        """
        if self._is_closed:
            raise UsageError("the gate is closed; take a new one for each upload")
        before, self.received = self.received, self.received + len(chunk)
        if self._refused is None and (problem := self._too_long()) is not None:
            self.early = self._refused = self._refusal(problem)
        if self._refused is not None:
            return self._refused
        if self.early is None or self._only != "implicit":
            self._held.seek(before)
            self._held.write(chunk)
        if self.early is None and self.received >= self._look_at and self._only != "explicit":
            self._look()
        return self.early

    def held(self) -> Iterator[bytes]:
        """The bytes that came before the early verdict (all, unless only metadata is judged).

        For whoever passes the upload on: these first, then what comes as it comes. They are let
        go of when the ``with`` block is left, or on :meth:`close` where there is none.
        """
        at = 0
        while True:
            self._held.seek(at)
            piece = self._held.read(_PIECE)
            if not piece:
                return
            at += len(piece)
            yield piece

    def close(self) -> Report:
        """Say that all has come, and get the report on the whole.

        It equals :func:`aigc_label.check` of the whole, except that an upload which is shorter or
        longer than ``size``, or over ``limit``, has no other finding than that.

        Raises:
            UsageError: the gate was left without being closed.
        """
        if self._final is None:
            if self._is_closed:
                raise UsageError("the gate was left before the upload was complete")
            self._final = self._judged()
            self._attribution = self._final.attribution
            self._is_closed = True
            if not self._is_entered:
                self._held.close()
        return self._final

    def _judged(self) -> Report:
        if self._refused is not None:
            return replace(self._refused, inspection=self._sized(self._refused))
        if self._size is not None and self.received < self._size:
            told = f"{self._size} bytes were announced, {self.received} came"
            return self._refusal(Malformed(f"the upload broke off: {told}"))
        if self.early is not None and self._only == "implicit":
            return replace(self.early, inspection=self._sized(self.early))
        self._held.seek(0)
        return self._checked(self._held, self._only)

    def _sized(self, report: Report) -> Inspection:
        return replace(report.inspection, size=self.received)

    def _too_long(self) -> AssetError | None:
        if self._limit is not None and max(self.received, self._size or 0) > self._limit:
            return LimitExceeded(f"the upload is over the limit of {self._limit} bytes")
        if self._size is not None and self.received > self._size:
            return Malformed(f"the upload goes on beyond the {self._size} bytes announced")
        return None

    def _refusal(self, problem: AssetError) -> Report:
        problem.asset = self._name
        seen = Inspection(name=self._name, size=self.received, problem=problem)
        report = judging.judged(
            seen, self._profile, declared=self._declared, only=self._only, lang=self._lang
        )
        return replace(report, ok=False)  # what was not read is not passed, whatever is asked

    def _checked(self, stream: IO[bytes], only: Only) -> Report:
        return api.check(
            stream,
            profile=self._profile,
            declared=self._declared,
            name=self._name,
            only=only,
            lang=self._lang,
            c2pa=self._c2pa,
            trust=self._trust,
        )

    def _look(self) -> None:
        """Judge what has come, unless a byte is asked for that has not."""
        size = AtLeast(self.received) if self._size is None else self._size
        stream = Arriving(self._held, self.received, size)
        with contextlib.suppress(NotYet):
            report = self._checked(cast("IO[bytes]", stream), "implicit")
            if not stream.has_missed:
                seen = replace(report.inspection, size=self._size or self.received)
                self.early = replace(report, inspection=seen)
                self._attribution = report.attribution
                return
        self._certain()
        self._look_at = max(stream.missing + 1, self.received + self.received // 2)
        if self._size is not None:
            self._look_at = min(self._look_at, self._size)

    def _certain(self) -> None:
        """What is certain before the verdict: a label that says that it is generated.

        Readers yield facts in the order in which they read. Those yielded before the first byte
        that is missing are therefore among those that are yielded in the end, and no other fact
        outweighs this one (:func:`aigc_label.rules.attribution`).
        """
        if self._attribution is None and any(
            label.fields.get("Label") == Attribution.CONFIRMED.code for label in self._labels()
        ):
            self._attribution = Attribution.CONFIRMED

    def _labels(self) -> Iterator[FoundLabel]:
        size = AtLeast(self.received) if self._size is None else self._size
        stream = Arriving(self._held, self.received, size)
        try:
            with open_asset(cast("IO[bytes]", stream), name=self._name) as asset:
                for seen in registry.identify(asset).read(asset):
                    if stream.has_missed:
                        return
                    if isinstance(seen, FoundLabel):
                        yield seen
        except (NotYet, AssetError, OSError):
            return
