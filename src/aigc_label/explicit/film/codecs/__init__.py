"""What each video coding needs for smart rendering, as modules of one shape.

``NAME`` is ffmpeg's name, ``ENTRIES`` are sample entries of ISO base media files, ``CONFIG`` is the
box of the decoder configuration. ``config`` is always the body of that box, as Matroska's
``CodecPrivate`` has it; of ``esds``, the decoder specific information alone.

``start(config, sample)`` says whether decoding can begin at a sample. ``arguments(config, picture,
stretch, beside)`` are for ffmpeg's output. ``join(config, made, beside)`` makes new samples fit
between old ones. ``beside`` are the source's starting points at both joints, in order, the last one
that behind the stretch if there is one. ``restarted(config, sample)`` lets an open start stand by
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aigc_label.explicit.film.codecs import av1, h264, hevc, mpeg4, prores, vp9

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.explicit.film.segment import Joined, Made, Picture, Start, Stretch


class Codec(Protocol):
    """The shape of the modules."""

    NAME: str
    ENTRIES: tuple[bytes, ...]
    CONFIG: bytes

    def start(self, config: bytes, sample: bytes) -> Start:
        """Whether decoding can begin at a sample."""

    def arguments(
        self, config: bytes, picture: Picture, stretch: Stretch, beside: Sequence[bytes] = ()
    ) -> list[str]:
        """What ffmpeg must be told to encode like the source."""

    def join(self, config: bytes, made: Made, beside: Sequence[bytes] = ()) -> Joined:
        """Make new samples fit between old ones."""


CODECS: tuple[Codec, ...] = (h264, hevc, vp9, av1, mpeg4, prores)


def by_name(name: str) -> Codec | None:
    """The codec that ffmpeg calls so."""
    return next((codec for codec in CODECS if name == codec.NAME), None)


def by_entry(kind: bytes) -> Codec | None:
    """The codec of a sample entry."""
    return next((codec for codec in CODECS if kind in codec.ENTRIES), None)


def restarted(codec: Codec, config: bytes, sample: bytes) -> bytes:
    """An open starting point behind new frames, such that nothing before it matters to decoders.

    Its pixels stay what they are; only HEVC needs something.
    """
    return hevc.detached(config, sample) if codec.NAME == hevc.NAME else sample
