"""PDF by pypdf, pikepdf (qpdf), poppler, MuPDF and exiftool."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pikepdf
import pypdf

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.programs import exiftool, run

if TYPE_CHECKING:
    from pathlib import Path


def by_pypdf(path: Path) -> dict:
    return fields_in(pypdf.PdfReader(path).metadata["/AIGC"])


def by_pikepdf(path: Path) -> dict:
    with pikepdf.open(path) as document:
        return fields_in(str(document.docinfo["/AIGC"]))


def pdfinfo(path: Path, _tags) -> str:
    return run("pdfinfo", "-custom", str(path))


def mutool(path: Path, _tags) -> str:
    """The information dictionary; MuPDF prints strings beyond ASCII as hexadecimal digits."""
    told = run("mutool", "show", str(path), "trailer/Info")
    decode = bytes.fromhex
    return re.sub(r"<FEFF([0-9A-F]*)>", lambda m: decode(m[1]).decode("utf-16-be"), told)


def checked(path: Path) -> None:
    """Every object and stream, by qpdf's library."""
    with pikepdf.open(path, attempt_recovery=False) as document:
        assert [p for p in document.check_pdf_syntax() if "linearization" not in p] == []


def strictly(path: Path) -> None:
    reader = pypdf.PdfReader(path, strict=True)
    assert len(reader.pages) >= 1


def pages(path: Path) -> list:
    """Content, size and resources of every page, as bytes."""
    with pikepdf.open(path) as document:
        return [
            (
                page.Contents.read_raw_bytes(),
                page.MediaBox.unparse(),
                page.Resources.unparse(resolved=True),
            )
            for page in document.pages
        ]


def facts(path: Path) -> object:
    """The catalogue, the packet and Info but for the label."""
    reader = pypdf.PdfReader(path)
    info = {key: str(value) for key, value in (reader.metadata or {}).items() if key != "/AIGC"}
    with pikepdf.open(path) as document:
        root = document.Root
        packet = root.Metadata.read_bytes() if "/Metadata" in root else b""
        first = str(document.trailer.ID[0]) if "/ID" in document.trailer else ""
        return info, root.unparse(resolved=True), packet, first


def pieces(data: bytes) -> list:
    """The newest version of every object but Info and cross-references, as bytes."""
    with pikepdf.open(io.BytesIO(data)) as document:
        info = document.trailer.get("/Info")
        number = info.objgen[0] if info is not None else -1
    pattern = rb"(\d+) \d+ obj\s*(.*?)\s*endobj"
    objects = {int(m[1]): m[2] for m in re.finditer(pattern, data, re.DOTALL)}
    return sorted(b for n, b in objects.items() if n != number and b"/XRef" not in b[:400])


def huge(data: bytes):
    """Updates behind a hole of 3 GiB: one that leaves Info alone, one with a new Info."""
    with pikepdf.open(io.BytesIO(data)) as document:
        root, info = (document.trailer[key] for key in ("/Root", "/Info"))
        (r, _), (number, _), text = root.objgen, info.objgen, info.unparse(resolved=True)
        size = int(document.trailer.Size)
    previous = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    trailer = b"trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d>>\n" % (
        *(size, r, number, previous),
    )
    at = len(data) + HUGE
    end = b"startxref\n%d\n%%%%EOF\n"
    yield "update", [data, HUGE, b"xref\n0 0\n", trailer, end % at]
    body = b"%d 0 obj\n%b\nendobj\n" % (number, text)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    yield "late", [data, HUGE, body, table, trailer, end % (at + len(body))]


EYES = Eyes(
    formats=("pdf",),
    needs=("exiftool", "mutool", "pdfinfo", "qpdf"),
    labels=(by_pypdf, by_pikepdf),
    programs=(exiftool, pdfinfo, mutool),
    strict=(checked, strictly),
    strict_programs=(("qpdf", "--check"), ("mutool", "info"), ("pdfinfo",)),
    pieces=pieces,
    huge=huge,
    essence=(pages,),
    facts=facts,
    beyond={"pdf/plain/sloppy.pdf": (exiftool,)},  # which takes lines of 20 bytes only
    may_change=r"PDF:(AIGC|Linearized)",  # a file with an update is no longer linearised
)
