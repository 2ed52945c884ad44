"""One JSON object as members that know which characters they occupy, for edits in place."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from aigc_label.errors import Malformed

_BLANK = r"[ \t\r\n]*"
_MOST = 4096


class Entry(NamedTuple):
    """A member of an object.

    Attributes:
        key: decoded.
        start: offset of its key's quotation mark.
        value: offset of its value.
        end: behind its value.
    """

    key: str
    start: int
    value: int
    end: int


def entries(text: str, at: int = 0) -> tuple[list[Entry], int]:
    """The members of the object that begins at ``at``, and the offset of its closing brace.

    Raises:
        Malformed: there is none, or it is damaged or hostile.
    """
    decoder = json.JSONDecoder(strict=False)
    blank = re.compile(_BLANK)
    found: list[Entry] = []

    def skip(offset: int) -> int:
        matched = blank.match(text, offset)
        return matched.end() if matched else offset

    try:
        at = _past(text, skip(at), "{")
        start = skip(at)
        if text[start] == "}":
            return found, start
        while len(found) < _MOST:
            key, end = decoder.raw_decode(text, start)
            if not isinstance(key, str):
                break
            value = skip(_past(text, skip(end), ":"))
            _, end = decoder.raw_decode(text, value)
            found.append(Entry(key, start, value, end))
            at = skip(end)
            if text[at] == "}":
                return found, at
            start = skip(_past(text, at, ","))
    except (ValueError, IndexError, RecursionError):
        pass
    raise Malformed("no JSON object that can be read")


def _past(text: str, at: int, sign: str) -> int:
    if text[at] != sign:
        raise ValueError(sign)
    return at + 1


def with_entry(text: str, key: str, value: str, *, at: int = 0) -> str:
    """The text with one member of the object at ``at`` set, all else as it was.

    The first member of that key, in any case, gets the key and the value; others of it go.

    Raises:
        Malformed: as :func:`entries`.
    """
    found, close = entries(text, at)
    member = f"{json.dumps(key)}:{value}"
    same = [entry for entry in found if entry.key.lower() == key.lower()]
    if not same:
        comma = "," if found else ""
        place = found[-1].end if found else close
        return text[:place] + comma + member + text[place:]
    for entry in reversed(same[1:]):  # each with the comma in front of it
        text = text[: found[found.index(entry) - 1].end] + text[entry.end :]
    return text[: same[0].start] + member + text[same[0].end :]
