"""The label in an HTML page: ``<meta name="AIGC" content="...">`` in its head.

No guide names a place for HTML; vendors use this one.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import html_origin, html_text, record
from aigc_label.containers import html_tags, text_bytes
from aigc_label.containers.text_bytes import TextPart
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.html_origin import Stated
    from aigc_label.containers.html_tags import Attribute, Tag
    from aigc_label.edits import Splice
    from aigc_label.model import ImplicitLabel, Observation

PLACE = "html.meta"

_LONGEST_HEAD = 4 << 20  # bytes; a page saved as one file has its style sheets in the head
_MOST = 256  # places looked at
_MENTIONED = "(?i)aigc"
_KEY = r"(?i)\s*(?:[\w.-]{1,32}[:.])?AIGC\s*"
_LINE_BEHIND = r"[ \t]*(\r\n|\n|\r)([ \t]*)"


class _Found(NamedTuple):
    """A label in a page, what it stands in, and the span that goes when it goes."""

    carrier: str
    parsed: record.Parsed
    start: int
    end: int
    name: Attribute | None = None
    content: Attribute | None = None


def observe(asset: Asset) -> Iterator[Observation]:
    """Yield the labels in ``meta`` elements and in comments, and what is said of the origin.

    Raises:
        Malformed: the bytes are no text that is read here.
        LimitExceeded: the head, or the number of places, is over a limit.
    """
    xml = is_xml(asset)
    head = _head(asset, xml=xml)
    yield from html_origin.observe(head, xml=xml)
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
    value = html_text.escaped(record.dump(label))
    for part, found in _labels(asset, head, xml=xml):
        if home is None and found.carrier == PLACE and found.name and found.content:
            home = found
            for attribute, text in ((found.name, "AIGC"), (found.content, value)):
                pair = f'{attribute.name}="{text}"'
                splices.append(part.splice(attribute.start, attribute.end, pair))
        else:
            splices.append(part.splice(*_line_of(part.text, found), ""))
    added = [] if home else [f'<meta name="AIGC" content="{value}"{" /" if xml else ""}>']
    if label.origin is not None:
        old, said = html_origin.replaced(head, label.origin, xml=xml)
        if not said:
            splices += [head.splice(*_line_of(head.text, seen), "") for seen in old]
            added += html_origin.elements(label.origin, xml=xml)
    if added:
        splices.append(_inserted(head, added, xml=xml))
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
    name = next(
        (a for a in names if a and re.fullmatch(_KEY, html_text.plain(part, a.value))), None
    )
    content = given.get("content")
    if name is None or content is None:
        return None
    parsed = record.parse(html_text.plain(part, content.value), named=True)
    if parsed is None:
        return None
    written = html_text.plain(part, name.value).strip()
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
    inside, encoding = html_text.decoded(part, text[name.end() : tag.end - 3])
    if (label := text_block.commented(name.group(), inside)) is None:
        return None
    parsed, own_start, own_end = label
    start, end = tag.start, tag.end
    if own_start or own_end < len(inside):
        at = name.end()
        start = at + len(inside[:own_start].encode(encoding)) if own_start else name.start("name")
        end = at + len(inside[:own_end].encode(encoding))
    return _Found("html.comment", parsed, start, end)


def _inserted(head: TextPart, elements: list[str], *, xml: bool) -> Splice:
    """The elements, behind what must come first: the encoding, which browsers seek in 1,024 bytes.

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
    if anchor is None:
        return head.splice(0, 0, "".join(f"{element}{head.newline}" for element in elements))
    at = anchor.end
    if (line := re.compile(_LINE_BEHIND).match(text, at)) is None:
        return head.splice(at, at, "".join(elements))
    indent = line[2]
    if anchor.name == "meta" and (own := re.search(r"[\r\n]([ \t]*)\Z", text[: anchor.start])):
        indent = own[1]
    return head.splice(at, at, "".join(f"{line[1]}{indent}{element}" for element in elements))


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


def _line_of(text: str, found: _Found | Stated) -> tuple[int, int]:
    """The span of a label that goes: with its line, if nothing else stands on it."""
    start, end = found.start, found.end
    first = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    behind = re.compile(r"[ \t]*(?:\r\n|\n|\r)").match(text, end)
    if behind is not None and not text[first:start].strip(" \t") and first:
        return first, behind.end()
    return start, end
