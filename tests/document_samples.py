"""Packages to mark, and what is the same to ask of every kind of document."""

from __future__ import annotations

import io
import zipfile

import aigc_label
from aigc_label import ExplicitLabel


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            target.writestr(name, data, compress_type=how)
    return out.getvalue()


def as_packed(data: bytes) -> dict[str, bytes]:
    """The members as they stand, not inflated."""
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        infos = opened.infolist()
    found = {}
    for info in infos:
        at = info.header_offset
        names, extras = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (26, 28))
        begin = at + 30 + names + extras
        found[info.filename] = data[begin : begin + info.compress_size]
    return found


def marked(data: bytes, **options) -> aigc_label.Written:
    """Mark a document; a second time changes nothing, and what was not touched is as it was."""
    explicit = ExplicitLabel(**options)
    written = aigc_label.label(data, None, explicit=explicit)
    assert written.changed
    again = aigc_label.label(written.data, None, explicit=explicit)
    assert not again.changed
    assert again.mark == written.mark
    return written


def changed(before: bytes, after: bytes) -> set[str]:
    """Names of members that differ, packed; new ones stand last, and the order is kept."""
    old, new = as_packed(before), as_packed(after)
    assert list(new)[: len(old)] == list(old)
    return {name for name in new if new[name] != old.get(name)}


def taken_out(after: bytes, before: bytes) -> bytes:
    """What was put into a part in one piece; all around it is as it was."""
    start = 0
    while start < len(before) and before[start] == after[start]:
        start += 1
    new = len(after) - len(before)
    for first in range(max(start - new, 0), start + 1):
        if after[first] == 0x3C and after[:first] + after[first + new :] == before:
            return after[first : first + new]
    raise AssertionError("more than one piece was put in")
