"""What is said through the pipes: a count, that many sizes, and as many pieces of bytes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

_MOST = 1000  # pieces; a scan of a picture is one


def numbers(values: Iterable[int]) -> bytes:
    """Numbers as a piece: decimal, apart by spaces."""
    return " ".join(map(str, values)).encode()


def send(stream: IO[bytes], *pieces: bytes) -> None:
    """Write one message.

    Raises:
        OSError: if the other end has gone.
    """
    sizes = [len(pieces), *map(len, pieces)]
    stream.write(b"".join(size.to_bytes(8, "big") for size in sizes))
    for piece in pieces:
        stream.write(piece)
    stream.flush()


def receive(stream: IO[bytes]) -> list[bytes]:
    """Read one message.

    Raises:
        EOFError: if the other end has gone.
    """
    (count,) = _sizes(stream, 1)
    if count > _MOST:
        raise EOFError
    sizes = _sizes(stream, count)
    pieces = [stream.read(size) for size in sizes]
    if [len(piece) for piece in pieces] != sizes:
        raise EOFError
    return pieces


def _sizes(stream: IO[bytes], count: int) -> list[int]:
    data = stream.read(8 * count)
    if len(data) < 8 * count:
        raise EOFError
    return [int.from_bytes(data[at : at + 8], "big") for at in range(0, len(data), 8)]
