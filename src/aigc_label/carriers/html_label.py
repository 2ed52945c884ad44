"""The label in an HTML page: ``<meta name="AIGC" content="...">`` in its head.

No guide names a place for HTML; vendors use this one. The element is written in ASCII, with
character references for the rest, so that it says the same whatever encoding a page has or claims.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import record
from aigc_label.containers import html_tags, text_bytes
from aigc_label.containers.text_bytes import TextPart
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.html_tags import Attribute, Tag
    from aigc_label.edits import Splice
    from aigc_label.model import ImplicitLabel

PLACE = "html.meta"

_LONGEST_HEAD = 4 << 20  # bytes; a page saved as one file has its style sheets in the head
_MOST = 256  # places looked at
_MENTIONED = "(?i)aigc"
_KEY = r"(?i)\s*(?:[\w.-]{1,32}[:.])?AIGC\s*"
_DECLARED = r"""(?i)(?:charset|encoding)[ \t]*=[ \t]*["']?"""
_CODECS = (
    r"(utf-?8|gbk?\d*|big5(?:-hkscs)?|shift_jis|euc-\w{2}|windows-\d{3,4}|iso-8859-\d{1,2}|koi8-\w)"
)
_REFERENCE = (  # in an attribute, a name without a semicolon is none before "=" or a letter
    r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,32}(?:;|(?![A-Za-z0-9=])))"
)
# What character references cannot stand for: those of 0x80 to 0x9F mean other characters, and
# XML has none for these at the end of a plane.
_NO_REFERENCE = "[\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\U0001fffe\U0001ffff\U0010fffe\U0010ffff]"
_LINE_BEHIND = r"[ \t]*(\r\n|\n|\r)([ \t]*)"


class _Found(NamedTuple):
    """A label in a page, what it stands in, and the span that goes when it goes."""

    carrier: str
    parsed: record.Parsed
    start: int
    end: int
    name: Attribute | None = None
    content: Attribute | None = None


def observe(asset: Asset) -> Iterator[FoundLabel]:
    """Yield the labels in ``meta`` elements and in comments.

    Raises:
        Malformed: the bytes are no text that is read here.
        LimitExceeded: the head, or the number of places, is over a limit.
    """
    xml = is_xml(asset)
    head = _head(asset, xml=xml)
    for part, found in _labels(asset, head, xml=xml):
        yield FoundLabel(
            carrier=found.carrier,
            fields=found.parsed.fields,
            quirks=found.parsed.quirks,
            offset=part.offset(found.start),
        )


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make the label the page's only one, in the head.

    Raises:
        CannotCarry: there is no place in the head, or the file is no page but a template.
        LimitExceeded, Malformed: as :func:`observe`.
    """
    xml = is_xml(asset)
    head = _head(asset, xml=xml)
    splices: list[Splice] = []
    home: _Found | None = None
    for part, found in _labels(asset, head, xml=xml):
        if home is None and found.carrier == PLACE and found.name and found.content:
            home = found
            for attribute, value in ((found.name, "AIGC"), (found.content, _escaped(label))):
                pair = f'{attribute.name}="{value}"'
                splices.append(part.splice(attribute.start, attribute.end, pair))
        else:
            splices.append(part.splice(*_line_of(part.text, found), ""))
    if home is None:
        splices.append(_inserted(head, label, xml=xml))
    return EditPlan(splices)


def _labels(asset: Asset, head: TextPart, *, xml: bool) -> Iterator[tuple[TextPart, _Found]]:
    tried = 0
    for part in (head, _tail(asset, head)):
        if part is None or re.search(_MENTIONED, part.text) is None:
            continue
        start = 0 if part.at_start else html_tags.resumption(part.text)
        for tag in html_tags.tags(part.text, start, in_head=part.at_start, xml=xml):
            if tag.shown or not (tag.kind == "comment" or (tag.name, tag.kind) == ("meta", "open")):
                continue
            if re.compile(_MENTIONED).search(part.text, tag.start, tag.end) is None:
                continue
            tried += 1
            if tried > _MOST:
                raise LimitExceeded(f"more than {_MOST} places look like labels")
            found = _comment(part, tag) if tag.kind == "comment" else _meta(part, tag)
            if found is not None:
                yield part, found


def _meta(part: TextPart, tag: Tag) -> _Found | None:
    given = html_tags.attributes(part.text, tag)
    names = (given.get(key) for key in ("name", "property", "itemprop"))
    name = next((a for a in names if a and re.fullmatch(_KEY, _plain(part, a.value))), None)
    content = given.get("content")
    if name is None or content is None:
        return None
    parsed = record.parse(_plain(part, content.value), named=True)
    if parsed is None:
        return None
    written = _plain(part, name.value).strip()
    if name.name != "name" or ":" in written or "." in written:
        carrier = "html.property"
    elif tag.in_head:
        carrier = PLACE
    else:
        carrier = "html.body"
    if "AIGC" not in written:
        parsed = record.Parsed(parsed.fields, (*parsed.quirks, "lower-case-key"))
    return _Found(carrier, parsed, tag.start, tag.end, name, content)


def _comment(part: TextPart, tag: Tag) -> _Found | None:
    """A comment that is a label; one that says something else, too, keeps that."""
    from aigc_label.carriers import text_block  # noqa: PLC0415 - few pages have such comments

    text = part.text
    name = text_block.COMMENT_NAME.match(text, tag.start + 4, tag.end - 3)
    if name is None:
        return None
    inside, encoding = decoded(part, text[name.end() : tag.end - 3])
    if (label := text_block.commented(name.group(), inside)) is None:
        return None
    parsed, own_start, own_end = label
    start, end = tag.start, tag.end
    if own_start or own_end < len(inside):
        at = name.end()
        start = at + len(inside[:own_start].encode(encoding)) if own_start else name.start("name")
        end = at + len(inside[:own_end].encode(encoding))
    return _Found("html.comment", parsed, start, end)


def _inserted(head: TextPart, label: ImplicitLabel, *, xml: bool) -> Splice:
    """The element, behind what must come first: the encoding, which browsers seek in 1,024 bytes.

    A page without a head tag gets it where a browser begins the head: behind the document type. A
    fragment gets it in front: a browser takes it into the head, and where the fragment becomes part
    of another page, it shows nothing.
    """
    text = head.text
    anchors: dict[str, Tag] = {}
    for tag in html_tags.tags(text, xml=xml):
        if not tag.in_head:
            break
        if tag.name == "meta" and not tag.shown and _is_charset(text, tag):
            anchors.setdefault("charset", tag)
        elif tag.kind != "close":
            anchors.setdefault(tag.name or tag.kind, tag)
    if xml and ("head" not in anchors or text[: anchors["head"].end].endswith("/>")):
        raise CannotCarry("an XHTML page needs a <head>, and this one has none; add it first")
    order = ("charset", "head", "html", "doctype")
    anchor = next((anchors[name] for name in order if name in anchors), None)
    anchor = anchors["head"] if xml else anchor
    if anchor is None and re.match(r"---[ \t]*[\r\n]", text):
        raise CannotCarry(
            "it begins with front matter, so it is a template and no page; label what is made of it"
        )
    element = f'<meta name="AIGC" content="{_escaped(label)}"{" /" if xml else ""}>'
    if anchor is None:
        return head.splice(0, 0, f"{element}{head.newline}")
    at = anchor.end
    if (line := re.compile(_LINE_BEHIND).match(text, at)) is None:
        return head.splice(at, at, element)
    indent = line[2]
    if anchor.name == "meta" and (own := re.search(r"[\r\n]([ \t]*)\Z", text[: anchor.start])):
        indent = own[1]
    return head.splice(at, at, f"{line[1]}{indent}{element}")


def _is_charset(text: str, tag: Tag) -> bool:
    given = html_tags.attributes(text, tag)
    equivalent = given.get("http-equiv")
    return "charset" in given or (
        equivalent is not None and equivalent.value.strip().lower() == "content-type"
    )


def is_xml(asset: Asset) -> bool:
    """Whether an XML parser is to read it: by the name, or the XML declaration."""
    named = asset.name.lower().endswith((".xhtml", ".xht"))
    return named or asset.head.removeprefix(codecs.BOM_UTF8).startswith(b"<?xml")


def _head(asset: Asset, *, xml: bool) -> TextPart:
    """The page, or its beginning: with all of its head, and of the body what is worth a look.

    Raises:
        LimitExceeded: if the head does not end within 4 MiB.
    """
    part = part_of(asset, text_bytes.HEAD_LIMIT)
    if part.at_end or html_tags.leaves_head(part.text, xml=xml):
        return part
    part = part_of(asset, _LONGEST_HEAD)
    if part.at_end or html_tags.leaves_head(part.text, xml=xml):
        return part
    raise LimitExceeded(f"its head goes on for more than {_LONGEST_HEAD >> 20} MiB")


def part_of(asset: Asset, limit: int) -> TextPart:
    """The text with one character a byte: no encoding of the web has markup within a character."""
    if asset.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return text_bytes.head_of(asset)  # nor UTF-32, which is refused there
    whole = asset.size <= max(limit, text_bytes.WHOLE_LIMIT)
    data = asset.peek(0, asset.size if whole else limit)
    base = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    text = data[base:].decode("latin-1")
    found = re.search("\r\n|\n|\r", text)
    newline = found.group() if found else "\n"
    return TextPart(text, "latin-1", base, newline, at_start=True, at_end=whole)


def _tail(asset: Asset, head: TextPart) -> TextPart | None:
    """The end of a page whose middle is not read."""
    if head.encoding != "latin-1":
        return text_bytes.tail_of(asset, head)
    start = max(asset.size - text_bytes.TAIL_LIMIT, head.base + len(head.text))
    if head.at_end or start >= asset.size:
        return None
    text = asset.read(start, asset.size - start).decode("latin-1")
    return TextPart(text, "latin-1", start, head.newline, at_start=False, at_end=True)


def _plain(part: TextPart, raw: str) -> str:
    """The characters of an attribute's value."""
    text = decoded(part, raw)[0]
    return re.sub(_REFERENCE, _character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    from html import unescape  # noqa: PLC0415 - its table of entities takes long to load
    from html.entities import html5  # noqa: PLC0415 - as above

    reference = found.group()
    return unescape(reference) if reference[1] == "#" else html5.get(reference[1:], reference)


def decoded(part: TextPart, raw: str) -> tuple[str, str]:
    """What a stretch says, and the encoding that gives its bytes back."""
    if part.encoding != "latin-1" or raw.isascii():
        return raw, part.encoding
    data = raw.encode("latin-1")
    declared = re.search(_DECLARED + _CODECS, part.text[:1024])
    for codec in ("utf-8", declared[1] if declared else "gb18030", "gb18030"):
        try:
            return data.decode(codec), codec
        except (UnicodeDecodeError, LookupError):
            continue
    return raw, "latin-1"


def _escaped(label: ImplicitLabel) -> str:
    """The record as the value of a double-quoted attribute, in ASCII."""
    text = re.sub(_NO_REFERENCE, lambda found: json.dumps(found.group())[1:-1], record.dump(label))
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, reference)
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _line_of(text: str, found: _Found) -> tuple[int, int]:
    """The span of a label that goes: with its line, if nothing else stands on it."""
    start, end = found.start, found.end
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    behind = re.compile(r"[ \t]*(?:\r\n|\n|\r)").match(text, end)
    if behind is not None and not text[first:start].strip(" \t") and first:
        return first, behind.end()
    return start, end
