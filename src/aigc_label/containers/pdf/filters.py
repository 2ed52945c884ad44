"""Streams unpacked within bounds, and the rows of PNG's predictors (ISO 32000-2 7.4)."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from aigc_label.containers.pdf import lzw
from aigc_label.containers.pdf.lexer import Dictionary, Name
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.containers.pdf.lexer import Value

MOST_UNPACKED = 16 << 20
"""Bytes that any stream may unpack to: cross-references of two million objects."""

_MOST_FILTERS = 4
_MOST_STEPPED = 1 << 20  # bytes of rows whose filters differ, which are undone one by one
_WIDEST_ROW = 1 << 16
_UP = 2
_END_OF_RUNS = 128
_PREDICTED = (b"FlateDecode", b"Fl", b"LZWDecode", b"LZW")
_BYTE = (0xFF).__and__
_FEW = 4  # rows that are summed up one by one; who wants more gets all of them


class Rows:
    """Rows of bytes, each as its predictor left it.

    Args:
        data: the rows; in front of each stands its filter where ``predicted``.
        width: bytes in a row, the filter not counted.
        step: bytes in a pixel.
        predicted: whether PNG's predictors were used.
    """

    __slots__ = ("_asked", "_plain", "data", "predicted", "step", "width")

    def __init__(self, data: bytes, width: int, step: int = 1, *, predicted: bool = False) -> None:
        self.data = data
        self.width = width
        self.step = step
        self.predicted = predicted
        self._asked = 0
        self._plain = b"" if predicted else data

    @property
    def height(self) -> int:
        """How many whole rows there are."""
        return len(self.data) // (self.width + self.predicted)

    def row(self, index: int) -> bytes:
        """One row as it was before prediction.

        Raises:
            LimitExceeded: there are too many of different predictors.
            Malformed: there is no such row, or no such filter.
        """
        if not 0 <= index < self.height:
            raise Malformed(f"a table has {self.height} rows, and row {index} is asked for")
        if not self._plain:
            pitch = self.width + 1
            self._asked += 1
            if self._asked <= _FEW and self._is_summed():
                end = (index + 1) * pitch
                return bytes(sum(self.data[c:end:pitch]) & 0xFF for c in range(1, pitch))
            self._plain = self.joined()
        return self._plain[index * self.width : (index + 1) * self.width]

    def _is_summed(self) -> bool:
        """Whether each row is the difference to the one above, as nearly all writers have it."""
        return self.data[:: self.width + 1].count(_UP) == -(-len(self.data) // (self.width + 1))

    def joined(self) -> bytes:
        """All rows.

        Raises:
            LimitExceeded, Malformed: as :meth:`row`.
        """
        if not self.predicted:
            return self.data
        pitch = self.width + 1
        length = self.height * pitch
        if self._is_summed():
            out = bytearray(self.height * self.width)
            for column in range(self.width):
                sums = accumulate(self.data[column + 1 : length : pitch])
                out[column :: self.width] = bytes(map(_BYTE, sums))
            return bytes(out)
        if length > _MOST_STEPPED:
            raise LimitExceeded(f"{length} bytes of rows with different predictors")
        row, rows_ = bytes(self.width), []
        for at in range(0, length, pitch):
            row = _undone(self.data[at], self.data[at + 1 : at + pitch], row, self.step)
            rows_.append(row)
        return b"".join(rows_)


def _undone(kind: int, row: bytes, above: bytes, step: int) -> bytes:
    """One row without its PNG filter (ISO/IEC 15948 9.2)."""
    if kind == 0:
        return row
    if kind == _UP:
        return bytes((a + b) & 0xFF for a, b in zip(row, above, strict=True))
    if kind > 4:
        raise Malformed(f"no predictor {kind}")
    out = bytearray(row)
    for at, value in enumerate(row):
        left = out[at - step] if at >= step else 0
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + above[at]) // 2
        else:
            guess = _paeth(left, above[at], above[at - step] if at >= step else 0)
        out[at] = (value + guess) & 0xFF
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    distances = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return (left, up, corner)[distances.index(min(distances))]


def rows(raw: bytes, described: Dictionary, width: int) -> Rows:
    """The content of a stream as rows of ``width`` bytes, of which only some are needed.

    Raises:
        LimitExceeded, Malformed: as :func:`unpacked`.
    """
    chain = _chain(described)
    if len(chain) == 1 and (predicted := _predicted(chain[0][1])) is not None:
        data = _inflated(raw, MOST_UNPACKED) if chain[0][0] == b"FlateDecode" else b""
        if predicted.width == width and data:
            return Rows(data, width, predicted.step, predicted=True)
    return Rows(unpacked(raw, described), width)


def unpacked(raw: bytes, described: Dictionary, most: int = MOST_UNPACKED) -> bytes:
    """The content of a stream, its filters undone.

    Args:
        raw: its bytes; what stands behind the content may follow.
        described: its dictionary.
        most: bytes that it may have; what is behind them is not unpacked.

    Raises:
        Malformed: a filter that is not known here, or bytes that contradict it.
        LimitExceeded: more filters or more predicted rows than any file has.
    """
    data = raw
    for name, params in _chain(described):
        data = _decoded(name, data, most, params)
        if name in _PREDICTED and (predicted := _predicted(params)) is not None:
            data = Rows(data, predicted.width, predicted.step, predicted=True).joined()
    return data[:most]


def _chain(described: Dictionary) -> list[tuple[bytes, Value]]:
    names = described.get(b"Filter", described.get(b"F"))
    params = described.get(b"DecodeParms", described.get(b"DP"))
    names = [] if names is None else names if isinstance(names, list) else [names]
    params = params if isinstance(params, list) else [params]
    if len(names) > _MOST_FILTERS:
        raise LimitExceeded(f"a stream goes through {len(names)} filters")
    params += [None] * (len(names) - len(params))
    if not all(isinstance(name, Name) for name in names):
        raise Malformed("a stream's filter is no name")
    return [(name, param) for name, param in zip(names, params, strict=False)]  # type: ignore[misc] # names


def _predicted(params: Value) -> Rows | None:
    """What the parameters say of rows; ``None`` where they say nothing."""
    if not isinstance(params, Dictionary):
        return None
    asked = [params.get(key, d) for key, d in ((b"Predictor", 1), (b"Colors", 1))]
    asked += [params.get(key, d) for key, d in ((b"BitsPerComponent", 8), (b"Columns", 1))]
    predictor, colors, bits, columns = (n if isinstance(n, int) else 0 for n in asked)
    if predictor == 1:
        return None
    width = (colors * bits * columns + 7) // 8
    if predictor < 10 or not 0 < width <= _WIDEST_ROW or colors < 1 or bits < 1:
        raise Malformed(f"predictor {predictor} for rows of {width} bytes is not known here")
    return Rows(b"", width, max(1, colors * bits // 8), predicted=True)


def _decoded(name: bytes, data: bytes, most: int, params: Value) -> bytes:
    if name in (b"FlateDecode", b"Fl"):
        return _inflated(data, most)
    if name in (b"LZWDecode", b"LZW"):
        early = params.get(b"EarlyChange", 1) if isinstance(params, Dictionary) else 1
        return lzw.unpacked(data, most, early=early != 0)
    if name in (b"RunLengthDecode", b"RL"):
        return _run_lengths(data, most)
    if name in (b"ASCIIHexDecode", b"AHx"):
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", data.partition(b">")[0])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    if name in (b"ASCII85Decode", b"A85"):
        import base64  # noqa: PLC0415 - a filter that hardly any file has

        try:
            return base64.a85decode(data.partition(b"~>")[0], ignorechars=b" \t\n\r\x0b\x0c\x00")
        except ValueError:
            raise Malformed("a stream is no ASCII85") from None
    shown = bytes(name[:30]).decode("ascii", "replace")
    raise Malformed(f"a stream packed with {shown} cannot be looked into")


def _run_lengths(data: bytes, most: int) -> bytes:
    """Runs of bytes (ISO 32000-2 7.4.5)."""
    out, at = bytearray(), 0
    while at < len(data) and data[at] != _END_OF_RUNS and len(out) < most:
        length = data[at]
        if length < _END_OF_RUNS:
            out += data[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += data[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out[:most])


def _inflated(data: bytes, most: int) -> bytes:
    """At most ``most`` bytes; of a damaged stream those before the damage."""
    import zlib  # noqa: PLC0415 - files without packed objects need none

    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # which knows no checksum
    out: list[bytes] = []
    length = 0
    for at in range(2, len(data), 64):
        try:
            out.append(unpacker.decompress(data[at : at + 64], most - length))
        except zlib.error:
            break
        length += len(out[-1])
        if length >= most or unpacker.eof:
            break
    if not length:
        raise Malformed("a packed stream is damaged")
    return b"".join(out)
