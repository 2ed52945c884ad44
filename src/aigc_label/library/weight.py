"""How much of a parcel a file is: what takes long travels alone."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from aigc_label import registry
from aigc_label.library.actions import Checking, Fixing, Labelling
from aigc_label.library.executor import PARCEL
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_label.library.actions import Request
    from aigc_label.library.job import Job

_COPIED = 16 << 20  # bytes: what is copied and hashed counts by its size, a parcel being this
_DRAWN = 1 << 20  # bytes: the same for pictures that are unpacked, drawn on, and packed
_PARCELS = 4  # for each worker at least, so that a few files are shared out, too


def cost_of(request: Request, files: int | None, workers: int) -> Callable[[Job], int]:
    """The cost of a job, of which a parcel holds :data:`~aigc_label.library.executor.PARCEL`.

    Args:
        request: what is done.
        files: how many there are to do; ``None`` while nobody knows, as there are many.
        workers: how many share them.
    """
    least = 0 if files is None else PARCEL * workers * _PARCELS // max(files, 1)
    cost = _cost_of(request)
    return cost if least <= 1 else lambda job: max(least, cost(job))


def _cost_of(request: Request) -> Callable[[Job], int]:
    if isinstance(request, Checking):
        if request.only != "implicit":
            return _perceived
        return _copied if request.c2pa else _light  # all of a file is validated
    if isinstance(request, (Labelling, Fixing)) and request.explicit is not None:
        return _marked
    return _copied


def _light(_job: Job) -> int:
    return 1


def _copied(job: Job) -> int:
    return PARCEL // 64 + PARCEL * job.entry.size // _COPIED


def _perceived(job: Job) -> int:
    share = {None: 64, Medium.TEXT: 32, Medium.IMAGE: 4}.get(_medium(job), 1)
    return PARCEL // share


def _marked(job: Job) -> int:
    if _medium(job) in (Medium.IMAGE, Medium.TEXT, None):
        return PARCEL // 8 + PARCEL * job.entry.size // _DRAWN
    return PARCEL


def _medium(job: Job) -> Medium | None:
    return _media().get(os.path.splitext(os.fsdecode(job.entry.key))[1].lower())


@cache
def _media() -> dict[str, Medium]:
    return {name: fmt.medium for fmt in registry.formats() for name in fmt.extensions}
