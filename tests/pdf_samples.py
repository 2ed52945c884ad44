"""PDF files laid by hand, for the tests."""

from __future__ import annotations

import re

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG = b"<</Type /Catalog /Pages 2 0 R%b>>"
PAGES = b"<</Type /Pages /Kids [] /Count 0>>"


def objects(info=None, catalog=b"", **more):
    """Catalogue, pages, and where given Info as object 3; further ones as ``n4=...``."""
    out = {1: CATALOG % catalog, 2: PAGES}
    if info is not None:
        out[3] = b"<<" + info + b">>"
    return out | {int(name[1:]): body for name, body in more.items()}


def stream(data, entries=b"", length=None):
    return b"<<%b /Length %d>>\nstream\n%b\nendstream" % (
        *(entries, len(data) if length is None else length, data),
    )


def laid(parts, start):
    out, places = b"", {}
    for number, body in parts.items():
        places[number] = start + len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    return out, places


def table(places, eol=b" \n"):
    runs = []
    for number in sorted(places):
        if not runs or runs[-1][-1] != number - 1:
            runs.append([])
        runs[-1].append(number)
    out = b"xref\n"
    for run in runs:
        out += b"%d %d\n" % (run[0], len(run))
        for number in run:
            line = b"%010d 65535 f" if number == 0 else b"%010d 00000 n"
            out += line % places[number] + eol
    return out


def end(place):
    return b"\nstartxref\n%d\n%%%%EOF\n" % place


def pdf(parts, trailer=b"", eol=b" \n"):
    """A file with a cross-reference table."""
    body, places = laid(parts, len(HEADER))
    info = b" /Info 3 0 R" if 3 in parts else b""
    head = HEADER + body + table({0: 0} | places, eol)
    size = max(parts) + 1
    return b"%btrailer\n<</Size %d /Root 1 0 R%b%b>>%b" % (
        *(head, size, info, trailer, end(len(HEADER + body))),
    )


def update(data, parts, trailer=b"/Root 1 0 R /Info 3 0 R"):
    """An incremental update behind a file."""
    body, places = laid(parts, len(data))
    previous = b"trailer\n<<%b /Prev %d>>" % (trailer, last(data))
    return data + body + table(places) + previous + end(len(data + body))


def last(data):
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])


def xref_stream(parts, entries=b"", rows=None, packed=lambda raw: (raw, b""), places=None):
    """A file with a cross-reference stream; ``packed`` gives its bytes and their filters."""
    body, found = laid(parts, len(HEADER))
    number = max(parts) + 1 if places is None else max(*parts, *places) + 1
    data = HEADER + body
    every = {n: (1, at, 0) for n, at in found.items()} | (places or {}) | {0: (0, 0, 65535)}
    every[number] = (1, len(data), 0)
    every |= {n: (0, 0, 0) for n in range(number) if n not in every}
    raw = rows or b"".join(
        bytes([a]) + b.to_bytes(4) + c.to_bytes(2) for _, (a, b, c) in sorted(every.items())
    )
    raw, filters = packed(raw)
    info = b" /Info 3 0 R" if 3 in parts or 3 in (places or {}) else b""
    head = b"/Type /XRef /W [1 4 2] /Size %d /Root 1 0 R%b%b%b" % (
        *(number + 1, info, filters, entries),
    )
    return data + b"%d 0 obj\n%b\nendobj" % (number, stream(raw, head)) + end(len(data))
