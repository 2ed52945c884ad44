"""HTML by html5lib, Python's own parser, expat and exiftool."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import html5lib

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.programs import exiftool

if TYPE_CHECKING:
    from pathlib import Path

_XHTML = "{http://www.w3.org/1999/xhtml}"


def parsed(path: Path):
    """The tree of a browser that runs scripts: without them, an ``img`` in a ``noscript`` of the
    head ends it.
    """
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(path.read_bytes(), scripting=True)


def by_html5lib(path: Path) -> dict:
    """The element in the head of the tree that a browser builds."""
    metas = [m for m in parsed(path).findall("head/meta") if m.get("name") == "AIGC"]
    (only,) = [m for m in metas if m.get("content").startswith('{"')]
    assert only is metas[0]
    return fields_in(only.get("content"))


class Metas(HTMLParser):
    """All ``meta`` elements, wherever they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict] = []

    def handle_starttag(self, tag, attrs):
        if tag == "meta":
            self.found.append(dict(attrs))


def text_of(data: bytes) -> str:
    if data[:2] == b"\xff\xfe":
        return data.decode("utf-16")
    declared = re.search(rb"charset=\"?(gbk)", data, re.IGNORECASE)
    return data.decode("gbk" if declared else "utf-8-sig")


def by_html_parser(path: Path) -> dict:
    metas = Metas()
    metas.feed(text_of(path.read_bytes()))
    contents = [m["content"] for m in metas.found if m.get("name") == "AIGC"]
    (only,) = [content for content in contents if content.startswith('{"')]
    return fields_in(only)


def valid(path: Path) -> None:
    """No error that a validator would name, but for a missing or old document type."""
    data = path.read_bytes()
    if path.suffix == ".xhtml":
        head = ET.fromstring(data).find(f"{_XHTML}head")  # noqa: S314 - a fixture, as written
        assert head is not None
        metas = [m for m in head.findall(f"{_XHTML}meta") if m.get("name") == "AIGC"]
        assert len(metas) == 1
        return
    parser = html5lib.HTMLParser()
    parser.parse(data, scripting=True)
    errors = [code for _, code, _ in parser.errors]
    assert not [code for code in errors if "doctype" not in code], errors


def elements(path: Path) -> list:
    """Every element but the label's, with its attributes, and all words."""
    out = []
    for node in parsed(path).iter():
        if node.get("name") != "AIGC":
            out.append((str(node.tag), dict(node.attrib), (node.text or "").strip()))
        out.append((node.tail or "").strip())
    return [item for item in out if item]


def pieces(data: bytes) -> list:
    """The lines without the label's element."""
    text = data.decode("utf-16-le" if data[:2] == b"\xff\xfe" else "latin-1")
    lines = re.sub(r'<meta name="AIGC" content="[^"]*"(?: /)?>', "", text).split("\n")
    return [line for line in lines if line.strip()]


def facts(path: Path) -> object:
    metas = Metas()
    metas.feed(text_of(path.read_bytes()))
    return [m for m in metas.found if m.get("name") != "AIGC"]


def huge(data: bytes):
    lines = b"<p>a line of words</p>\n" * 2_000  # the head must be text: a hole is zeros
    yield "long", [data, lines, HUGE, lines]


EYES = Eyes(
    formats=("html",),
    needs=("exiftool",),
    labels=(by_html5lib, by_html_parser),
    programs=(exiftool,),
    beyond={
        "html/plain/fragment.html": (exiftool,),  # looks between head tags only
        "html/plain/short.html": (exiftool,),  # as above
        "html/plain/utf16.html": (exiftool,),  # knows no UTF-16 here
        "html/silent/elsewhere.html": (by_html_parser,),  # knows no templates
        "html/silent/textarea.html": (by_html_parser,),  # took them for markup before 3.13
    },
    strict=(valid,),
    pieces=pieces,
    huge=huge,
    essence=(elements,),
    facts=facts,
    comes_with="HTML:AIGC",
)
