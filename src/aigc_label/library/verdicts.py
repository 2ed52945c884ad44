"""What a check says of a file, in the few words that a ledger keeps."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aigc_label import judging, rules
from aigc_label.errors import UnknownFormat
from aigc_label.inspecting import inspect
from aigc_label.library import signing
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.library.actions import Checking
    from aigc_label.model import Finding, Inspection
    from aigc_label.profile import Profile

_LONGEST = 500  # characters of a message: one for each of millions of files


class Verdict(NamedTuple):
    """What a ledger keeps of a report.

    Attributes:
        ok: whether it passed.
        format: the format's id, ``""`` if unknown.
        attribution: the state of article 6, ``""`` if nothing speaks for generation.
        findings: as JSON, ``""`` if there are none: ``[[rule, kind, level, message], ...]``.
        producer: of the first label.
        produce_id: of the first label.
    """

    ok: bool
    format: str
    attribution: str
    findings: str
    producer: str = ""
    produce_id: str = ""


def check(asset: Asset, request: Checking) -> Verdict:
    """Judge one file as :func:`aigc_label.check` does.

    Raises:
        UnknownFormat: no format claims it.
        OSError: unwrapped.
    """
    seen = _seen(asset, request)
    if isinstance(seen.problem, (UnknownFormat, OSError)):
        raise seen.problem
    shape = _shape(seen)
    if shape is not None:
        known = _KNOWN.get(seen.format)
        if known is not None and known[0] is request and known[1] == shape:
            return known[2]
    profile = _profile(request.profile, request.fail_on, request.propagator)
    verdict = _judged(seen, profile, request)
    if shape is not None:
        _KNOWN[seen.format] = request, shape, verdict
    return verdict


_Shape: TypeAlias = tuple[object, ...]
_KNOWN: dict[str | None, tuple[Checking, _Shape, Verdict]] = {}
"""What was said of the last file of a format that bears nothing: that is said of most files."""


def _shape(seen: Inspection) -> _Shape | None:
    """All facts of a file without a label but its name and length; ``None`` for other files.

    No rule asks for more of these two than whether there is anything, but for texts. What its
    format says of itself is no fact of the file.
    """
    if seen.labels or seen.marks or seen.problem is not None or seen.medium is Medium.TEXT:
        return None
    return seen.size > 0, seen.signals, seen.marks, seen.unseen


def _seen(asset: Asset, request: Checking) -> Inspection:
    """All facts of a file, its content credentials validated where that is asked for."""
    seen = inspect(
        asset,
        perceive=request.only != "implicit",
        verify=request.only != "explicit",
        trust=signing.store(request.trust, request.trust_on) if request.trust else None,
    )
    if not request.c2pa:
        return seen
    from aigc_label import crediting  # noqa: PLC0415 - most checks do without

    lists = signing.trust(request.c2pa_trust, network=request.c2pa_network)
    return crediting.validated(asset, seen, lists)


def _judged(seen: Inspection, profile: Profile, request: Checking) -> Verdict:
    report = judging.judged(
        seen, profile, declared=request.declared, only=request.only, lang=request.lang
    )
    label = seen.labels[0].fields if seen.labels else {}
    return Verdict(
        report.ok,
        seen.format or "",
        report.attribution.value if report.attribution else "",
        _told(report.findings),
        label.get("ContentProducer", ""),
        label.get("ProduceID", ""),
    )


def _told(findings: Iterable[Finding]) -> str:
    shown = list(_shown(findings))
    return json.dumps(shown, ensure_ascii=False) if shown else ""


def _shown(findings: Iterable[Finding]) -> Iterator[tuple[str, str, str, str]]:
    for found in findings:
        if found.kind not in ("pass", "notApplicable"):
            yield found.rule, found.kind, found.level, found.message[:_LONGEST]


def ready(request: Checking) -> None:
    """Open what checks need, before any file is read.

    Raises:
        UsageError: the profile, a trust store or a trust list cannot be used.
        MissingExtra: what validating takes is not installed.
    """
    _KNOWN.clear()
    _profile.cache_clear()
    _profile(request.profile, request.fail_on, request.propagator)
    if request.trust:
        signing.store(request.trust, request.trust_on)
    if request.c2pa:
        from aigc_label.provenance import library  # noqa: PLC0415 - most checks do without

        library.load()
        signing.trust(request.c2pa_trust, network=request.c2pa_network)


@lru_cache(maxsize=4)
def _profile(name: str, fail_on: str | None, propagator: str) -> Profile:
    from aigc_label import profile  # noqa: PLC0415 - loaded where checks are done

    loaded = rules.validated(profile.load(name))
    if propagator and not loaded.propagator:
        loaded = replace(loaded, propagator=propagator)
    return loaded if fail_on is None else replace(loaded, fail_on=fail_on)  # type: ignore[arg-type] # one of three words
