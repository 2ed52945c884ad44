"""One verb of :mod:`aigc_label.api` on one file, with what a manifest says about it."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import IO, TYPE_CHECKING

from aigc_label import api
from aigc_label.errors import NoMark
from aigc_label.library.plan import Fixing, Labelling, Propagating

if TYPE_CHECKING:
    from aigc_label.library.plan import Request
    from aigc_label.library.work import Job
    from aigc_label.model import Written

WORDS = {
    Labelling: ("labelled", "ProduceID"),
    Propagating: ("propagated", "PropagateID"),
    Fixing: ("fixed", "ProduceID"),
}
"""What a file is when it is done, and the field that its number stands in."""


def write(
    request: Request, source: str | IO[bytes], target: str | IO[bytes], job: Job
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
    given = job.given or {}
    written = api.propagate(
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
    return written, True


def _labelled(
    request: Labelling, source: str | IO[bytes], target: str | IO[bytes], job: Job
) -> Written:
    """Label one file; a format that takes no mark gets the implicit label alone."""
    given = job.given or {}
    explicit = request.explicit
    if explicit is not None and (text := given.get("text")):
        explicit = replace(explicit, text=text)
    key = None
    if request.sign_key:
        from aigc_label.library import signing  # noqa: PLC0415 - most runs sign nothing

        key = signing.key(request.sign_key, request.sign_alg)
    write = partial(
        api.label,
        source,
        request.implicit(job.number, given),
        to=target,
        name=os.fsdecode(job.entry.key),
        allow_breaking_c2pa=request.allow_breaking_c2pa,
        keep_number=not job.chosen,
        sign=key,
    )
    try:
        return write(explicit=explicit)
    except NoMark as error:
        if request.insisted:
            raise
        note = f"{error.format} takes no explicit mark; it bears the implicit label alone"
    written = write()
    return replace(written, notes=(*written.notes, note))


def _fixed(
    request: Fixing, source: str | IO[bytes], target: str | IO[bytes], job: Job
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
    )
    left = [f"{found.rule}: {reason}" for found, reason in fixed.remaining]
    notes = (*fixed.written.notes, *left)
    return replace(fixed.written, notes=notes), fixed.ok


def _truth(given: str | None, *, default: bool) -> bool:
    return default if given is None else given in ("true", "1", "yes")
