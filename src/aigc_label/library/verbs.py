"""One verb of :mod:`aigc_label.api` on one file, with what a manifest says about it."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from functools import partial
from typing import IO, TYPE_CHECKING

from aigc_label import api
from aigc_label.errors import AssetError, UsageError
from aigc_label.library import bearing, signing, verdicts
from aigc_label.library.actions import Checking, Fixing, Labelling, Propagating
from aigc_label.library.job import Job
from aigc_label.library.store import Entry

if TYPE_CHECKING:
    from aigc_label.asset import Source
    from aigc_label.library.actions import Request
    from aigc_label.model import Written
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.trust.keys import SigningKey

WORDS = {
    Labelling: ("labelled", "ProduceID"),
    Propagating: ("propagated", "PropagateID"),
    Fixing: ("fixed", "ProduceID"),
}
"""What a file is when it is done, and the field that its number stands in."""


def write(
    request: Request, source: Source, target: str | IO[bytes], job: Job
) -> tuple[Written, bool]:
    """Write one file as the request asks.

    Returns:
        What was written, and whether nothing is left to complain of: only a fix is judged.

    Raises:
        AssetError: something is wrong with the file.
        OSError: unwrapped.
    """
    if isinstance(request, Labelling):
        return _labelled(request, source, target, job), True
    if isinstance(request, Fixing):
        return _fixed(request, source, target, job)
    assert isinstance(request, Propagating)  # noqa: S101 - checks write nothing
    return _propagated(request, source, target, job), True


def try_out(request: Request) -> None:
    """Refuse keys, certificates and trust lists that are of no use, before any file is touched.

    Raises:
        UsageError: saying why; no time stamp is to be had, for one.
        MissingExtra: what signing takes is not installed.
    """
    signing.forget()
    if isinstance(request, Checking):
        verdicts.ready(request)
        return
    key = getattr(request, "sign_key", "")
    signer = getattr(request, "credentials", None)
    if not key and signer is None:
        return
    if not isinstance(request, Propagating):
        request = replace(request, explicit=None)
    job = Job(0, Entry(b"trial.png", len(_PIXEL), 0, ""), "0", given={"declared": "true"})
    try:
        write(request, io.BytesIO(_PIXEL), io.BytesIO(), job)
    except AssetError as error:
        raise UsageError(error.reason) from error


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a494441"
    "5478da6360000000020001e527defc0000000049454e44ae426082"
)
"""A PNG of one pixel, to sign for a trial."""


def _labelled(request: Labelling, source: Source, target: str | IO[bytes], job: Job) -> Written:
    given = job.given or {}
    explicit = request.explicit
    if explicit is not None and (text := given.get("text")):
        explicit = replace(explicit, text=text)
    write = partial(
        api.label,
        source,
        request.implicit(job.number, given),
        to=target,
        name=os.fsdecode(job.entry.key),
        allow_breaking_c2pa=request.allow_breaking_c2pa,
        keep_number=not job.chosen,
        sign=_key(request),
    )
    credentials = _credentials(request)
    insisted = _insisted(request, explicit=request.insisted)
    return bearing.written(write, insisted, explicit=explicit, credentials=credentials)


def _propagated(request: Propagating, source: Source, target: str | IO[bytes], job: Job) -> Written:
    given = job.given or {}
    write = partial(
        api.propagate,
        source,
        given.get("propagator", request.propagator),
        job.number,
        declared=_truth(given.get("declared"), default=request.declared),
        reserved_code=given.get("reserved_code", request.reserved_code),
        to=target,
        name=os.fsdecode(job.entry.key),
        allow_breaking_c2pa=request.allow_breaking_c2pa,
        keep_number=not job.chosen,
    )
    return bearing.written(write, _insisted(request), credentials=_credentials(request))


def _insisted(request: Labelling | Propagating, *, explicit: bool = False) -> list[str]:
    """What a format must take, or its files fail."""
    signer = request.credentials
    parts = (explicit, signer is not None and signer.required)
    return [part for part, wanted in zip(bearing.PARTS, parts, strict=True) if wanted]


def _fixed(
    request: Fixing, source: Source, target: str | IO[bytes], job: Job
) -> tuple[Written, bool]:
    from aigc_label import fixing  # noqa: PLC0415 - only where something is to be mended

    given = job.given or {}
    fixed = fixing.fix(
        source,
        request.producer,
        produce_id=given.get("produce_id"),
        explicit=request.explicit,
        to=target,
        name=os.fsdecode(job.entry.key),
        profile=request.profile,
        only="implicit" if request.explicit is None else None,
        allow_breaking_c2pa=request.allow_breaking_c2pa,
        lang=request.lang,
        sign=_key(request),
    )
    left = [f"{found.rule}: {reason}" for found, reason in fixed.remaining]
    notes = (*fixed.written.notes, *left)
    return replace(fixed.written, notes=notes), fixed.ok


def _key(request: Labelling | Fixing) -> SigningKey | None:
    return signing.key(request.sign_key, request.sign_alg) if request.sign_key else None


def _credentials(request: Labelling | Propagating) -> Credentials | None:
    signer = request.credentials
    return None if signer is None else signing.credentials(signer)


def _truth(given: str | None, *, default: bool) -> bool:
    return default if given is None else given in ("true", "1", "yes")
