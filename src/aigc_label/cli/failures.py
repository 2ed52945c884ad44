"""One line for one failed file: which file, what is wrong, what to do."""

from __future__ import annotations

import os

from aigc_label.cli import terminal
from aigc_label.errors import AssetError, LimitExceeded, Malformed, UnknownFormat


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
