"""The tags and comments of an HTML page, as the HTML standard (13.2.5) tells them apart.

This is no HTML parser: no tree is built. It knows what hides markup (comments, scripts, the text
of ``title`` and ``textarea``), where the head ends, and which elements show code or hold
templates. Every step moves on in the text or ends the walk, so the time is linear.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = "\t\n\f\r "
_NAME = r"<(/?)([A-Za-z][^\t\n\f\r />]*+)"
_REST = (  # up to the end of a tag: a ">" within a quoted value does not end it
    r"""(?:[^>=]++|=[\t\n\f\r ]*+(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>)))*+>"""
)
_ATTRIBUTE = (
    r"""(?P<name>=?[^\t\n\f\r />=]++)(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+"""
    r"""(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\t\n\f\r >]*+)))?+"""
)
_SUBSET = r"<![^\[>]*+\[[^\]]*+\]\s*+>"  # of a document type, with entities
_METADATA = ("base", "basefont", "bgsound", "link", "meta", "style", "script", "title")
_IN_HEAD = frozenset((*_METADATA, "html", "head", "noscript", "noframes", "template"))
# In these nothing but the end tag is markup; noscript: in a browser that runs scripts.
_RAW = frozenset(
    ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript")
)
_SHOWN = frozenset(("pre", "code", "samp", "kbd", "listing", "template", "svg", "math"))
_ENCLOSING = rf"(?i)<(/?)({'|'.join(sorted(_RAW | _SHOWN))})(?=[\t\n\f\r />])"


class Tag(NamedTuple):
    """A tag, comment or document type.

    Attributes:
        kind: what it is; ``"open"`` and ``"close"`` are tags.
        name: the element's, in lower case; ``""`` where there is none.
        start: index of its ``<``.
        end: index behind its ``>``.
        in_head: whether a browser that comes here is still in the head, written or implied.
        shown: whether it stands in an element that shows code, or in a template or drawing.
    """

    kind: Literal["open", "close", "comment", "doctype"]
    name: str
    start: int
    end: int
    in_head: bool
    shown: bool


class Attribute(NamedTuple):
    """An attribute: its name in lower case, its raw value, and the span of both."""

    name: str
    value: str
    start: int
    end: int


def tags(text: str, start: int = 0, *, in_head: bool = True, xml: bool = False) -> Iterator[Tag]:
    """Yield the tags, comments and document types from ``start`` on.

    Args:
        text: a page, or a part of one; what is cut off at its end is left out.
        start: where to begin, outside of all markup; see :func:`resumption`.
        in_head: whether the head may not have ended before that.
        xml: whether it is XHTML, in which ``<script/>`` is complete and CDATA hides markup.
    """
    open_elements = dict.fromkeys(_SHOWN, 0)
    shown = 0
    at = start
    name_of, rest_of = re.compile(_NAME), re.compile(_REST)
    while (found := text.find("<", at)) >= 0:
        if in_head and not open_elements["template"] and text[at:found].strip(_SPACE):
            in_head = False
        if (named := name_of.match(text, found)) is None:
            if (ended := _declaration(text, found, xml=xml)) is None:
                return
            kind, at = ended
            if kind in ("comment", "doctype"):
                yield Tag(kind, "", found, at, in_head, shown > 0)
            elif kind == "text" and not open_elements["template"]:
                in_head = False
            continue
        if (rest := rest_of.match(text, named.end())) is None:
            return
        at, name = rest.end(), named[2].lower()
        empty = xml and text[at - 2] == "/"
        if named[1]:
            if open_elements.get(name):
                open_elements[name] -= 1
                shown -= 1
            elif name in ("body", "html", "br"):
                in_head = False
            if name in ("body", "html"):
                open_elements, shown = dict.fromkeys(_SHOWN, 0), 0
            yield Tag("close", name, found, at, in_head, shown > 0)
            continue
        if name not in _IN_HEAD and not open_elements["template"]:
            in_head = False
        yield Tag("open", name, found, at, in_head, shown > 0)
        if name in _SHOWN and text[at - 2] != "/":
            open_elements[name] += 1
            shown += 1
        elif name == "plaintext":
            return
        elif name in _RAW and not empty:
            closing = re.compile(rf"(?i)</{name}(?=[\t\n\f\r />])").search(text, at)
            if closing is None:
                return
            at = closing.start()


def attributes(text: str, tag: Tag) -> dict[str, Attribute]:
    """The attributes of a tag; of two with one name the first counts."""
    found: dict[str, Attribute] = {}
    at = tag.start + 1 + len(tag.name)
    for match in re.compile(_ATTRIBUTE).finditer(text, at, tag.end - 1):
        name = match["name"].lower()
        value = match["double"] or match["single"] or match["bare"] or ""
        found.setdefault(name, Attribute(name, value, match.start(), match.end()))
    return found


def leaves_head(text: str, *, xml: bool) -> bool:
    """Whether the body begins, written or implied, within the text."""
    return any(not tag.in_head for tag in tags(text, xml=xml))


def resumption(text: str) -> int:
    """Where a walk may begin in a text whose beginning is unknown.

    That is behind the last end tag or end of a comment whose beginning is not there: before it, all
    may be a script, or code that is shown.
    """
    start, depth = 0, dict.fromkeys(_RAW | _SHOWN, 0)
    for found in re.compile(_ENCLOSING).finditer(text):
        name = found[2].lower()
        if not found[1]:
            depth[name] += 1
        elif depth[name]:
            depth[name] -= 1
        else:
            start = found.start()
    closing = text.find("-->", start)
    opening = text.find("<!--", start)
    return closing + 3 if closing >= 0 and not 0 <= opening < closing else start


def _declaration(
    text: str, at: int, *, xml: bool
) -> tuple[Literal["comment", "doctype", "other", "text"], int] | None:
    """What begins with ``<`` and is no tag, and where it ends; ``None`` if it is cut."""
    if text.startswith("<!--", at):
        closing = re.compile("-?>").match(text, at + 4) or re.compile("--!?>").search(text, at + 4)
        return closing and ("comment", closing.end())
    if xml and text.startswith("<![CDATA[", at):
        end = text.find("]]>", at)
        return ("other", end + 3) if end >= 0 else None
    if text[at + 1 : at + 2] not in ("!", "?", "/"):
        return "text", at + 1
    is_type = text[at + 2 : at + 9].lower() == "doctype"
    if xml and is_type and (subset := re.compile(_SUBSET).match(text, at)) is not None:
        return "doctype", subset.end()
    end = text.find(">", at)
    return ("doctype" if is_type else "other", end + 1) if end >= 0 else None
