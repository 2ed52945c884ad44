"""Words over the start frames of a film (GB 45438-2025 clause 5.4), and over other spans of it.

Smart rendering first: see :mod:`aigc_label.explicit.film.smart`. Where that cannot be safe, the
whole picture track is encoded again, and the reason is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marked
from aigc_label.errors import AssetError
from aigc_label.explicit.film import smart, whole

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words on the asked place for the asked spans.

    Returns the asset unchanged when the same mark stands on the first frame already.

    Raises:
        InvalidLabel: if the font lacks characters of the words.
        CannotCarry: no picture track, or one that cannot be encoded again without loss.
        Malformed: if the film is damaged.
        MissingExtra: if there is no ffmpeg.
    """
    try:
        return smart.mark(asset, explicit, scratch)
    except AssetError as error:
        reason = error.reason
    marked = Marked(*whole.mark(asset, fmt, explicit, scratch))
    if marked.asset is asset:
        return marked
    return marked._replace(notes=(f"the whole picture track was encoded again: {reason}",))
