"""Marks in WMA: all of the sound encoded anew at its own bit rate, which users are told.

A frame of WMA begins in the one before it and borrows bits from it, so nothing can be put between
two. The header's attributes and what stands behind the sound come back around the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import asf
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import decoding, reencoding
from aigc_label.explicit.sound.programme import Result
from aigc_label.output import as_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.programme import Addition, Window
    from aigc_label.output import Scratch

_SOUND = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_LANGUAGES = bytes.fromhex("a946437ce0effc4bb229393ede415c85")
_TIMED = {
    bytes.fromhex("01cd87f451a9cf118ee600c00c205365"): "markers",
    bytes.fromhex("301afb1e620bd011a39b00a0c90348f6"): "script commands",
}
_PROTECTED = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)
_ENCRYPTED = 0x8000
_CODERS = {0x160: "wmav1", 0x161: "wmav2"}
_NAMES = {0x162: "WMA Professional", 0x163: "WMA Lossless", 0xA: "WMA Voice"}
_LEAST_BITS = 24_000  # a second, of ffmpeg's encoder
_KEPT = (asf.DESCRIPTION, asf.EXTENDED)
_KEPT_WITHIN = (asf.METADATA, asf.LIBRARY, _LANGUAGES)
_EXTENSION_HEAD = 46
_NOTE = (
    "all of the sound was encoded anew, at {} kbit/s: frames of WMA cannot be put between others"
)


class _Stream(NamedTuple):
    """What the header says of the sound."""

    coder: str
    channels: int
    rate: int
    bits: int


def opened(asset: Asset, scratch: Scratch, *, inside: bool) -> Wma:
    """The sound of a WMA file.

    Raises:
        CannotCarry: if it is coded in a way that nothing writes, or holds what cannot follow.
        Malformed: if the file is damaged.
    """
    del inside  # every sample is decoded anyway
    return Wma(asset, scratch)


class Wma:
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, scratch: Scratch) -> None:
        self._asset = asset
        self._scratch = scratch
        self._stream = _stream(asset)
        self.rate, self.channels = self._stream.rate, self._stream.channels
        self._path = as_file(asset, scratch("source.wma"))
        self.length = _length(self._path, self.channels)

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        return decoding.windows(self._path, "asf", windows, rate=self.rate, channels=self.channels)

    def taken(self, count: int) -> int:
        """Just as many."""
        return count

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        bits = max(self._stream.bits, _LEAST_BITS)
        words = ("-c:a", self._stream.coder, "-b:a", f"{bits}")
        coder = reencoding.Coder("asf", words, _frame(self._stream))
        path, final = self._scratch("encoded.wma"), self._scratch("marked.wma")
        begins, _ = reencoding.encoded(
            self._path, coder, self, additions, result=path, scratch=self._scratch
        )
        with open_asset(path) as made, final.open("wb") as file:
            _restored(self._asset, made).apply(made, file)
        path.unlink()
        asset = open_asset(final, name=self._asset.name)
        return Result(asset, begins, (_NOTE.format(round(bits / 1000)),))


def _frame(stream: _Stream) -> int:
    """Samples of a frame; the encoder loses the first, and what does not fill the last."""
    if stream.rate <= 16_000:
        return 512
    if stream.rate <= 22_050 or (stream.rate <= 32_000 and stream.coder == "wmav1"):
        return 1024
    return 2048


def _length(path: Path, channels: int) -> int:
    """Samples of a channel, for which all of them are decoded."""
    to = ("-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "framecrc", "pipe:1")
    told = ffmpeg.run(("-f", "asf", "-i", ffmpeg.url(path), *to), timeout=None)
    sizes = [int(line.split(b",")[4]) for line in told.splitlines() if not line.startswith(b"#")]
    if not sum(sizes):
        raise Malformed("no sound is left of it when it is decoded; get the whole file")
    return sum(sizes) // (2 * channels)


def _stream(asset: Asset) -> _Stream:
    """The one stream of a file that can be encoded anew."""
    found: list[asf.Object] = []
    for part in asf.parts(asset):
        if part.id in _PROTECTED:
            raise CannotCarry("the sound is protected against copying, so no mark can be put in")
        if part.id == asf.SIGNATURE:
            raise CannotCarry("the ASF header is signed, and a mark breaks that; mark it first")
        if part.id in _TIMED:
            raise CannotCarry(
                f"it has {_TIMED[part.id]}, whose times would no longer be right; ask for the "
                "implicit label only, or convert it to M4A first"
            )
        if part.id == asf.STREAM_PROPERTIES:
            found.append(part)
    if len(found) != 1:
        raise CannotCarry(f"the file holds {len(found)} streams, not one of sound alone")
    return _described(asset.read(found[0].body, min(found[0].end - found[0].body, 72)))


def _described(body: bytes) -> _Stream:
    if len(body) < 70 or body[:16] != _SOUND:
        raise Malformed("the ASF header does not describe a stream of sound")
    if int.from_bytes(body[48:50], "little") & _ENCRYPTED:
        raise CannotCarry("the sound is protected against copying, so no mark can be put in")
    tag, channels = (int.from_bytes(body[at : at + 2], "little") for at in (54, 56))
    rate, speed = (int.from_bytes(body[at : at + 4], "little") for at in (58, 62))
    if tag not in _CODERS:
        raise CannotCarry(
            f"it is coded as {_NAMES.get(tag, f'0x{tag:04X}')}, which nothing here writes; "
            "convert it to FLAC or M4A first, or ask for the implicit label only"
        )
    if not (0 < channels <= 2 and 0 < rate <= 48_000):
        raise Malformed(f"WMA of {channels} channels at {rate} Hz cannot be")
    return _Stream(_CODERS[tag], channels, rate, 8 * speed)


def _restored(source: Asset, made: Asset) -> EditPlan:
    """The edits that give a new file the source's attributes, and its XMP and what else is behind.

    Raises:
        CannotCarry: if its lyrics are timed.
    """
    outer: list[bytes] = []
    inner: list[bytes] = []
    for part in asf.parts(source):
        if part.id in (*_KEPT, *_KEPT_WITHIN):
            (outer if part.id in _KEPT else inner).append(_bytes(source, part))
        if part.id in asf.LISTS:
            _refuse_timed(source, part)
    splices = [Splice(part.span, b"") for part in asf.parts(made) if part.id in _KEPT]
    count = len(outer) - len(splices)
    extension = next((p for p in asf.parts(made) if p.id == asf.EXTENSION), None)
    head = asf.header(made)
    if extension is None:
        raise Malformed("ffmpeg wrote an ASF header without its extension")
    within = b"".join(inner)
    held = int.from_bytes(made.read(extension.start + _EXTENSION_HEAD - 4, 4), "little")
    splices.append(_number(extension.start + 16, 8, extension.end - extension.start + len(within)))
    splices.append(_number(extension.start + _EXTENSION_HEAD - 4, 4, held + len(within)))
    splices.append(Splice(Span(extension.end, extension.end), within + b"".join(outer)))
    growth = EditPlan(splices).growth()
    splices.append(_number(16, 8, head.end - head.start + growth))
    splices += asf.counted(made, count)
    _, behind = asf.behind_data(source)
    tail = b"".join(_bytes(source, one) for one in behind if one.id == asf.XMP)
    end, _ = asf.behind_data(made)
    splices.append(Splice(Span(end, end), tail))
    return EditPlan([*splices, *asf.sized(made, growth + len(tail))])


def _refuse_timed(source: Asset, part: asf.Object) -> None:
    if any(one.name == "WM/Lyrics_Synchronised" for one in asf.attributes(source, part)):
        raise CannotCarry(
            "its lyrics are timed, and their times would no longer be right; ask for the implicit "
            "label only, or convert it to M4A first"
        )


def _bytes(asset: Asset, part: asf.Object) -> bytes:
    return asset.read(part.start, part.end - part.start)


def _number(at: int, length: int, value: int) -> Splice:
    return Splice(Span(at, at + length), value.to_bytes(length, "little"))
