"""One line for one failed file, and the exit code that failures come to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aigc_label.cli import dispatch, terminal
from aigc_label.errors import AssetError, LimitExceeded, Malformed, UnknownFormat, UsageError

if TYPE_CHECKING:
    from collections import Counter

    from aigc_label.batch import Outcome


BUG, NOT_POSSIBLE, FAILED = "bug", "not possible", "failed"
"""What the failure of one file counts as."""


def kind(outcome: Outcome[Any, Any]) -> str:
    """What a failure counts as: ours, the request's, or the file's."""
    if outcome.trace:
        return BUG
    return NOT_POSSIBLE if isinstance(outcome.error, UsageError) else FAILED


def code(counts: Counter[str], *, failed: bool) -> int:
    """The exit code of a run, by the worst that happened in it.

    Args:
        counts: how many files ended as each kind of failure.
        failed: whether something is wrong with a file.
    """
    if counts[BUG]:
        return dispatch.BUG
    if counts[NOT_POSSIBLE]:
        return dispatch.NOT_CARRIED_OUT
    return dispatch.WRONG_FILE if failed else dispatch.FINE


def line(path: str, error: Exception, trace: str = "") -> str:
    """Say why ``path`` failed.

    Args:
        path: the input.
        error: what the work ended with.
        trace: the traceback if it was a bug; printed only on request.
    """
    if trace:
        debug = os.environ.get(terminal.DEBUG)
        how = (
            f"with this traceback:\n{trace}" if debug else f"with the output of {terminal.DEBUG}=1"
        )
        what = trace.rstrip().rpartition("\n")[2]
        return f"{path}: a bug in aigc-label: {what}; please report it {how}"
    if isinstance(error, AssetError):
        return f"{path}: {_with_remedy(error)}"
    if isinstance(error, OSError):
        return f"{path}: {terminal.system_reason(error, about=path)}"
    return f"{path}: {error}"


def _with_remedy(error: AssetError) -> str:
    if ";" in error.reason:  # it says itself what to do
        return error.reason
    if isinstance(error, UnknownFormat):  # the empty file; others are told of `formats`
        return f"{error.reason}; generate or fetch it again"
    if isinstance(error, Malformed):
        return f"{error.reason}; the file is damaged, get another copy"
    if isinstance(error, LimitExceeded):
        return f"{error.reason}; no proper file needs that, check where it comes from"
    return error.reason
