"""Marks in Ogg Opus: packets of the same channels, spliced in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import ogg_pages
from aigc_label.explicit.sound.ogg import LAYOUTS, Coded, Ogg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.output import Scratch

RATE = 48_000
_FRAME = 960  # samples of a packet made here
_DELAY = 312  # of libopus
_CELT = 16  # the first configuration of that mode


def opened(asset: Asset, scratch: Scratch, *, inside: bool) -> Ogg:
    """The sound of an Ogg Opus file.

    Raises:
        CannotCarry: if its channels are mapped in another way than usual.
        Malformed: if the file is damaged.
    """
    del inside  # every packet is found at once
    sound = ogg_pages.sound_of(asset)
    return Ogg(asset, scratch, sound, _Opus(sound.headers[0]))


class _Opus:
    """See :class:`aigc_label.explicit.sound.ogg.Codec`."""

    def __init__(self, head: bytes) -> None:
        if len(head) < 19:
            raise Malformed("the Opus header is cut short")
        self.rate = RATE
        self.channels = head[9]
        self.skipped = int.from_bytes(head[10:12], "little")
        self._gain = 10 ** (int.from_bytes(head[16:18], "little", signed=True) / 256 / 20)
        self._mapping = head[18:]
        if head[18] > 1 or not 1 <= self.channels <= len(LAYOUTS):
            raise CannotCarry(
                f"no mark can be put into Opus with channel mapping {head[18]}; convert the file "
                "first: ffmpeg -i FILE.opus -c:a libopus -ac 2 NEW.opus"
            )

    def block(self, head: bytes) -> int:
        """A packet's samples, by its table of contents (RFC 6716, 3.1)."""
        if not head:
            return 0
        config, code = head[0] >> 3, head[0] & 3
        if config < 12:
            each = (480, 960, 1920, 2880)[config & 3]
        elif config < 16:
            each = (480, 960)[config & 1]
        else:
            each = (120, 240, 480, 960)[config & 3]
        return each * ((1, 2, 2)[code] if code < 3 else head[1] & 63 if len(head) > 1 else 0)

    def lasts(self, _before: int | None, block: int) -> int:
        """A packet lasts as long as it says."""
        return block

    def encoded(self, sound: Samples, kbps: float, following: bytes) -> Coded:
        """A sound as packets.

        Raises:
            CannotCarry: if the encoder maps channels in another way.
        """
        lead = max(self.skipped - _DELAY, 0)  # or it would be left out with what is skipped
        whole = np.concatenate([np.zeros(lead), sound / max(self._gain, 1e-3)])
        bits = min(max(kbps, 12 * self.channels), 200 * self.channels)
        head, packets = self._made(whole, ("-b:a", f"{round(bits)}k"))
        if head[9] != self.channels or head[18:] != self._mapping or len(packets) < 2:
            raise CannotCarry(
                "ffmpeg maps the channels of Opus in another way; convert the file first: "
                "ffmpeg -i FILE.opus -c:a libopus -ac 2 NEW.opus"
            )
        delay = lead + int.from_bytes(head[10:12], "little")
        return Coded([*packets, *self._reset(following)], delay)

    def _made(self, sound: Samples, options: Sequence[str]) -> tuple[bytes, list[bytes]]:
        """The header and the packets of a sound."""
        one = np.clip(sound, -1, 1).astype("<f4")
        layout = ("-channel_layout", LAYOUTS[self.channels - 1])
        raw = ("-f", "f32le", "-ar", f"{RATE}", "-ac", f"{self.channels}", *layout, "-i", "pipe:0")
        coder = ("-c:a", "libopus", *options, "-frame_duration", "20", "-f", "opus", "pipe:1")
        data = ffmpeg.run((*raw, *coder), input=np.repeat(one, self.channels).tobytes())
        head, _, *packets = ogg_pages.packets_of(data)
        return head, packets

    def _reset(self, following: bytes) -> list[bytes]:
        """Silent packets of another mode than what follows them, so that decoders begin anew.

        The programme's first packets count on a decoder that has heard nothing, and one that has
        would fade them in (RFC 6716, 4.5: a change of mode resets what is changed to).
        """
        if not following or self.channels > 2:
            return []
        is_celt = following[0] >> 3 >= _CELT
        speech = ("-application", "voip", "-b:a", "12k")
        options = speech if is_celt else ("-application", "lowdelay")
        _, packets = self._made(np.zeros(RATE // 5), options)
        return [p for p in packets if (p[0] >> 3 >= _CELT) != is_celt][-2:]

    def taken(self, count: int) -> int:
        """Whole packets, with the encoder's delay."""
        return -(-(count + max(self.skipped, _DELAY)) // _FRAME) * _FRAME
