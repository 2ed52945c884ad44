"""Why a file failed, in one line for the ledger and whoever reads it."""

from __future__ import annotations

import errno

from aigc_label.errors import AssetError


def reason_of(error: Exception) -> str:
    """What is wrong and what to do, without the path."""
    if isinstance(error, AssetError):
        return error.reason
    if isinstance(error, FileExistsError):
        return "its result is there already; choose another place, or overwrite it (--force)"
    if isinstance(error, OSError) and error.strerror:
        said = error.strerror[:1].lower() + error.strerror[1:]
        remedy = _REMEDIES.get(error.errno or 0, "")
        return f"{said}; {remedy}" if remedy and ";" not in said else said
    return str(error)


_MAY = "change the permissions of the file and of its folder, or run as a user who may"
_REMEDIES = {
    errno.EACCES: _MAY,
    errno.EPERM: _MAY,
    errno.EROFS: "give a destination that can be written",
    errno.ENOTDIR: "a file stands where its result needs a folder; move it away",
    errno.ENAMETOOLONG: "choose a destination with a shorter path",
}
