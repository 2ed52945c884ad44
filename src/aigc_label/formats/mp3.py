"""MP3, and MPEG audio of layers I and II: the label in an ID3v2 tag (TC260-PG-202510A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import id3 as slot
from aigc_label.containers import adts, id3, mpeg_audio
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import Observation

_HOME = "mp3.id3"


def sniff(asset: Asset) -> bool:
    """Whether frames of MPEG audio begin the file, or follow its ID3v2 tags.

    Several formats may stand behind an ID3v2 tag (FLAC, AAC), so it alone proves nothing.
    """
    head = asset.head
    if head[:3] == b"ID3":
        at = id3.behind(asset)
        if at == 0 or adts.begins(asset, at):
            return False
        return mpeg_audio.first(asset, at) is not None
    at = len(head) - len(head.lstrip(b"\x00"))
    return head[at : at + 1] == b"\xff" and mpeg_audio.first(asset, at, search=1) is not None


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the ID3v2 tags; the guide knows one, at the beginning."""
    for number, tag in enumerate(id3.stacked(asset)):
        yield from slot.observe(asset, tag, carrier=_HOME, home=number == 0 and tag.start == 0)


FORMAT = Format(
    id="mp3",
    medium=Medium.AUDIO,
    extensions=(".mp3", ".mp2"),
    media_types=("audio/mpeg", "audio/mp3"),
    homes=(_HOME,),
    source="TC260-PG-202510A: ID3v2.3 or 2.4, TXXX frame with the description AIGC",
    sniff=sniff,
    read=read,
    plan=slot.plan,
    essence=essences.later("sounds", "frames"),
)
