"""What a file below a folder bears where its format takes not all that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label.errors import NoMark, NotSignable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aigc_label.model import Written

PARTS = ("explicit", "credentials")
"""What a format may not take, by the names that the verbs know it under."""


def written(write: Callable[..., Written], insisted: Collection[str], **asked: object) -> Written:
    """Write a file, without what its format does not take, and with a note that says so.

    Whoever names a folder does not know of every format in it.

    Args:
        write: a verb of :mod:`aigc_label.api` that knows its file and its label.
        insisted: of :data:`PARTS`, those for which the file is refused instead.
        asked: of :data:`PARTS`, what the verb is asked for, by name; ``None`` for nothing.

    Raises:
        AssetError: as the verb; ``NoMark`` and ``NotSignable`` for what was insisted on.
        OSError: unwrapped.
    """
    notes = []
    while True:
        try:
            done = write(**asked)
        except (NoMark, NotSignable) as error:
            part = "explicit" if isinstance(error, NoMark) else "credentials"
            if part in insisted or asked.get(part) is None:
                raise
            asked[part] = None
            notes.append(_note(error))
        else:
            return replace(done, notes=(*done.notes, *notes)) if notes else done


def _note(error: NoMark | NotSignable) -> str:
    if isinstance(error, NotSignable):
        return f"it bears no content credentials: {error.reason}"
    return (
        f"{error.format} takes no explicit mark, so it bears the implicit label alone; show the "
        "mark around the content (aigc-label snippet)"
    )
