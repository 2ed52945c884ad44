"""Marks in Ogg Vorbis: packets that use the file's own codebooks, spliced in.

Packets are of use only with the codebooks in the file's header. Those of libvorbis, which all but
a few files have, are the same in every version, one set for each step of quality: a mark is
encoded at the step of quality that gives the same header. Where none does, all of the sound is
encoded anew, and users are told.
"""

from __future__ import annotations

import tempfile
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import ogg_pages, reencoding
from aigc_label.explicit.sound.ogg import LAYOUTS, Coded, Ogg
from aigc_label.explicit.sound.programme import Result
from aigc_label.output import as_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.ogg_pages import Sound
    from aigc_label.explicit.sound.programme import Addition
    from aigc_label.output import Scratch

_QUALITIES = tuple(range(-1, 11))
_ANEW = (
    "all of the sound was encoded anew at its own bit rate: its Vorbis codebooks are not those of "
    "libvorbis, so that a mark cannot use them"
)


def opened(asset: Asset, scratch: Scratch, *, inside: bool) -> Ogg:
    """The sound of an Ogg Vorbis file.

    Raises:
        CannotCarry: if it has more channels than have names.
        Malformed: if the file is damaged.
    """
    del inside  # every packet is found at once
    sound = ogg_pages.sound_of(asset)
    return Vorbis(asset, scratch, sound, _Vorbis(sound.headers))


class Vorbis(Ogg):
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, scratch: Scratch, sound: Sound, codec: _Vorbis) -> None:
        super().__init__(asset, scratch, sound, codec)
        self._vorbis = codec

    def _bits(self) -> int:
        """A second: as the header says, or else as there are."""
        if self._vorbis.nominal > 0:
            return self._vorbis.nominal
        size = self._sound.pages[-1].end - self._sound.pages[0].start
        return round(size * 8 * self.rate / max(self.length, self.rate))

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        if self._vorbis.quality() is not None:
            return super().inserted(additions)
        path = self._scratch("encoded.ogg")
        words = ("-c:a", "libvorbis", "-b:a", f"{self._bits()}")
        begins, moved = reencoding.encoded(
            as_file(self._asset, self._scratch("source.ogg")),
            reencoding.Coder("ogg", words),
            self,
            additions,
            result=path,
            scratch=self._scratch,
        )
        final = self._scratch("marked.ogg")
        with open_asset(path) as encoded, final.open("wb") as file:
            self.retimed(encoded, moved, always=True).apply(encoded, file)
        return Result(open_asset(final, name=self._asset.name), begins, (_ANEW,))


class _Vorbis:
    """See :class:`aigc_label.explicit.sound.ogg.Codec`."""

    skipped = 0

    def __init__(self, headers: tuple[bytes, ...]) -> None:
        identity = headers[0]
        if len(identity) < 30 or len(headers) < 3:
            raise Malformed("the Vorbis header is cut short")
        self.channels = identity[11]
        self.rate = int.from_bytes(identity[12:16], "little")
        self._short, self._long = 1 << (identity[28] & 15), 1 << (identity[28] >> 4)
        self._sizes = identity[28]
        self.nominal = int.from_bytes(identity[20:24], "little", signed=True)
        self._setup = headers[2]
        self._known: list[float] = []  # the quality, once it is found
        if not 1 <= self.channels <= len(LAYOUTS) or not self.rate:
            raise CannotCarry(f"no mark can be put into Vorbis with {self.channels} channels")

    def block(self, head: bytes) -> int:
        """A packet's block: libvorbis has two modes, the second of which is long."""
        if not head or head[0] & 1:
            return 0
        return self._long if head[0] & 2 else self._short

    def lasts(self, before: int | None, block: int) -> int:
        """Blocks overlap; nothing comes out with the first."""
        return (before + block) // 4 if before and block else 0

    def encoded(self, sound: Samples, _kbps: float, _following: bytes) -> Coded:
        """A sound as packets.

        Raises:
            CannotCarry: if no step of quality has the file's codebooks.
        """
        quality = self.quality()
        if quality is None:
            raise CannotCarry("its Vorbis codebooks are not those of libvorbis")
        _, _, packets = _made(sound, self.rate, self.channels, [quality])[0]
        return Coded(packets, 0)

    def quality(self) -> float | None:
        """The step of quality at which libvorbis has the file's codebooks, if there is one."""
        blank = np.zeros(self.rate // 50)
        for quality in [] if self._known else self._qualities():
            header, setup, _ = _made(blank, self.rate, self.channels, [quality])[0]
            if setup == self._setup and header[28] == self._sizes:
                self._known.append(quality)
                break
        return self._known[0] if self._known else None

    def _qualities(self) -> list[float]:
        """The steps of quality at which libvorbis has the file's codebooks, the likeliest first.

        Between whole steps their size follows the quality, which the nominal bit rate tells.
        """
        steps = _steps(self.rate, self.channels)
        whole = [float(q) for q, _, setup in steps if setup == self._setup]
        between = [
            low + (self.nominal - a) / (b - a)
            for (low, a, _), (_, b, _) in pairwise(steps)
            if a < self.nominal < b
        ]
        return [*whole[:1], *between]

    def taken(self, count: int) -> int:
        """About as long as it is, and a block."""
        return count + self._long // 2


@lru_cache(maxsize=8)
def _steps(rate: int, channels: int) -> list[tuple[int, int, bytes]]:
    """Each step of quality, its nominal bit rate and its codebooks."""
    made = _made(np.zeros(rate // 50), rate, channels, _QUALITIES)
    return [
        (quality, int.from_bytes(identity[20:24], "little", signed=True), setup)
        for quality, (identity, setup, _) in zip(_QUALITIES, made, strict=True)
    ]


def _made(
    sound: Samples, rate: int, channels: int, qualities: Sequence[float]
) -> list[tuple[bytes, bytes, list[bytes]]]:
    """Identification, codebooks and packets of a sound at some qualities."""
    layout = ("-channel_layout", LAYOUTS[channels - 1])
    given = np.repeat(sound.astype("<f4"), channels).tobytes()
    raw = ("-f", "f32le", "-ar", f"{rate}", "-ac", f"{channels}", *layout, "-i", "pipe:0")
    made = []
    with tempfile.TemporaryDirectory(prefix="aigc-label-") as folder:
        paths = [Path(folder, f"{number}.ogg") for number in range(len(qualities))]
        outputs: list[str] = []
        for quality, path in zip(qualities, paths, strict=True):
            coder = ("-map", "0:a", "-c:a", "libvorbis", "-q:a", f"{quality:.4f}")
            outputs += (*coder, "-map_metadata", "-1", "-f", "ogg", ffmpeg.url(path))
        ffmpeg.run(("-y", *raw, *outputs), input=given)
        for path in paths:
            identity, _, setup, *packets = ogg_pages.packets_of(path.read_bytes())
            made.append((identity, setup, packets))
    return made
