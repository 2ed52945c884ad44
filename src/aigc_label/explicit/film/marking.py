"""Words over the start frames of a film (GB 45438-2025 clause 5.4), and over other spans of it.

Smart rendering first: see :mod:`aigc_label.explicit.film.smart`. Where that cannot be safe, the
whole picture track is encoded again, and the reason is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import bmff
from aigc_label.contract import Marked
from aigc_label.errors import AssetError
from aigc_label.explicit.film import smart, tables, whole
from aigc_label.explicit.film.codecs import prores

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words on the asked place for the asked spans; into sound alone, a sound.

    Returns the asset unchanged when the same mark stands on the first frame already.

    Raises:
        InvalidLabel: if the font lacks characters of the words.
        CannotCarry: no picture track, or one that cannot be encoded again without loss.
        Malformed: if the film is damaged.
        MissingExtra: if there is no ffmpeg.
    """
    if _is_sound(asset):
        from aigc_label.explicit.sound import marking  # noqa: PLC0415 - films need none of it

        return marking.mark(asset, fmt, explicit, scratch)
    try:
        return smart.mark(asset, explicit, scratch)
    except AssetError as error:
        if _is_prores(asset):
            raise  # nobody wants all of a master coded once more
        reason = error.reason
    marked = Marked(*whole.mark(asset, fmt, explicit, scratch))
    if marked.asset is asset:
        return marked
    return marked._replace(notes=(f"the whole picture track was encoded again: {reason}",))


def _is_prores(asset: Asset) -> bool:
    return any(track.entry.type in prores.ENTRIES for track in tables.pictures(asset))


def _is_sound(asset: Asset) -> bool:
    """Whether there are tracks of sound and none of pictures."""
    kinds = set()
    for inside in tables.tracks(asset):
        hdlr = bmff.find(bmff.children(asset, inside[2]), b"hdlr")
        kinds.add(b"" if hdlr is None else bmff.field(asset, hdlr, 8, 4))
    return b"soun" in kinds and b"vide" not in kinds
