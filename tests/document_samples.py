"""Packages to mark and to look at, and what is the same to ask of every kind of document."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx

import aigc_label
from aigc_label import ExplicitLabel, FoundLabel, ImplicitLabel, registry
from aigc_label.asset import open_asset


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


def labelled(data: bytes, implicit: ImplicitLabel) -> tuple[FoundLabel, dict[str, bytes]]:
    """The label that is read after a write, and the parts; whatever label was there."""
    with open_asset(data) as asset:
        fmt = registry.identify(asset)
        out = io.BytesIO()
        fmt.plan(asset, implicit).apply(asset, out)
    with open_asset(out.getvalue()) as asset:
        assert registry.identify(asset) is fmt
        (found,) = fmt.read(asset)
    assert dict(found.fields) == implicit.fields
    return found, parts(out.getvalue())


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


# --- looking at documents ----------------------------------------------------------------------

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PROSE = "灯塔建于一八六五年，石砌的塔身高二十七米，至今仍为过往的船只指引方向。" * 3

PLAIN = {
    name: next((FIXTURES / kind / "plain").glob(pattern)).read_bytes()
    for name, kind, pattern in (
        ("a.docx", "docx", "*docx*"),
        ("a.pptx", "pptx", "*pptx*"),
        ("a.xlsx", "xlsx", "*xlsx*"),
        ("a.odt", "odt", "*.odt"),
        ("a.ods", "ods", "*.ods"),
        ("a.odp", "odp", "*.odp"),
        ("a.epub", "epub", "epub3*"),
        ("a.xmind", "xmind", "new*"),
        ("a.pdf", "pdf", "chromium*"),
    )
}


def judged(data: bytes, name: str):
    return aigc_label.check(data, name=name, only="explicit")


def seen(data: bytes, name: str):
    report = judged(data, name)
    assert report.inspection.unseen == ""
    return [(mark.place, mark.text) for mark in report.inspection.marks]


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def text_document(*paragraphs: str):
    document = docx.Document()
    for words in paragraphs:
        document.add_paragraph(words)
    return document


SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{uri}:1.0"'
    for prefix, uri in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style",
        "fo": "xsl-fo-compatible", "presentation": "presentation", "config": "config",
    }.items()
)  # fmt: skip


def odf(kind: str, body: str, styles: str = "", common: str = "", **more: bytes) -> bytes:
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
        "content.xml": (
            f"<office:document-content {SPACES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>"
        ).encode(),
        "styles.xml": (
            f"<office:document-styles {SPACES}>{common}</office:document-styles>"
        ).encode(),
    }
    return packed(members | {name.replace("__", "/"): data for name, data in more.items()})


def odt(body: str, **more: str) -> bytes:
    return odf("text", body, **more)


def looks(family: str, name: str, *told: str) -> str:
    return f'<style:style style:name="{name}" style:family="{family}">{"".join(told)}</style:style>'


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="E/b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def book(*pages: str, **more: bytes) -> bytes:
    items = "".join(
        f'<item id="i{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(pages))
    )
    refs = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/>'
        f"<manifest>{items}</manifest><spine>{refs}</spine></package>"
    )
    members = {"mimetype": b"application/epub+zip", "META-INF/container.xml": CONTAINER.encode()}
    members["E/b.opf"] = opf.encode()
    for number, page in enumerate(pages):
        members[f"E/{number}.xhtml"] = (
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>AI生成</title></head>'
            f"<body>{page}</body></html>"
        ).encode()
    return packed(members | {name.replace("__", "/"): data for name, data in more.items()})
