"""Lines of JSON, each bearing the hash of the one before."""

from __future__ import annotations

import hashlib
import json
import os
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

Entry: TypeAlias = dict[str, Any]
"""One line: ``n`` counts them, ``event`` says what it is, ``prev`` and ``hash`` chain it."""

ORIGIN = "0" * 64
"""What the first line of all has for the hash before it."""

_LONGEST = 1 << 20  # bytes of a line: paths, names and references are far shorter


class Broken(AssetError):
    """A register does not hold together.

    Attributes:
        line: the first line that is wrong, counted from 1; 0 for the last one.
    """

    def __init__(self, message: str, *, line: int, asset: str | None = None) -> None:
        super().__init__(f"{f'line {line}' if line else 'the last line'}: {message}", asset=asset)
        self.line = line


class Verified(NamedTuple):
    """What a whole chain says.

    Attributes:
        entries: how many lines.
        deliveries: how many of them are deliveries.
        head: the hash of the last line, to be noted elsewhere.
        torn: bytes behind the last whole line: an entry whose writing was cut off.
    """

    entries: int
    deliveries: int
    head: str
    torn: int = 0


def digest(entry: Entry) -> str:
    """The hash of an entry: SHA-256 of its canonical JSON without ``hash``."""
    rest = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(_canonical(rest)).hexdigest()


def chained(entry: Entry, prev: str) -> Entry:
    """An entry behind the one with the hash ``prev``."""
    entry = {**entry, "prev": prev}
    return {**entry, "hash": digest(entry)}


def line_of(entry: Entry) -> bytes:
    """A chained entry as a line."""
    return _canonical(entry) + b"\n"


def _canonical(entry: Entry) -> bytes:
    return json.dumps(entry, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def walk(stream: IO[bytes], name: str) -> Iterator[Entry]:
    """Yield the entries in order, each proved to follow the one before.

    What stands behind the last line end is an entry that was never acknowledged, and left out.

    Raises:
        Broken: where the chain does.
    """
    number, prev = 0, ORIGIN
    for line, text in enumerate(_lines(stream), 1):
        entry = parsed(text, line, name)
        if line == 1 and entry["event"] == "pruned":
            number, prev = entry["n"], entry["last"]  # what follows fits what was taken out
            yield entry
            continue
        if entry["prev"] != prev or entry["n"] != number + 1:
            raise Broken("it does not follow the line before it", line=line, asset=name)
        yield entry
        number, prev = entry["n"], entry["hash"]


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while (line := stream.readline(_LONGEST + 1)).endswith(b"\n") or len(line) > _LONGEST:
        yield line


def parsed(line: bytes, number: int, name: str) -> Entry:
    """One line, proved to be what was written.

    Raises:
        Broken: it is not.
    """
    try:
        entry: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise Broken("it is no entry of a register", line=number, asset=name) from None
    if not isinstance(entry, dict) or not {"n", "event", "prev", "hash"} <= entry.keys():
        raise Broken("it is no entry of a register", line=number, asset=name)
    if digest(entry) != entry["hash"]:
        raise Broken("it was changed after it was written", line=number, asset=name)
    return entry


def last(stream: IO[bytes], name: str) -> tuple[Entry | None, int, bytes]:
    """The last entry, where its line ends, and what stands behind it.

    Raises:
        Broken: it is not as it was written.
    """
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - 2 * _LONGEST)
    stream.seek(start)
    data = stream.read(size - start)
    end = data.rfind(b"\n") + 1
    if not end:
        if start:
            raise Broken("it is no entry of a register", line=1, asset=name)
        if data[:1] not in (b"", b"{"):  # some other file
            raise Broken("it is no entry of a register", line=1, asset=name)
        return None, 0, data
    begin = data.rfind(b"\n", 0, end - 1) + 1
    entry = parsed(data[begin:end], 0, name)
    return entry, start + end, data[end:]
