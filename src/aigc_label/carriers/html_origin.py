"""An origin in the head of an HTML page, as ``meta`` elements.

``DigitalSourceType`` is schema.org's property in RDFa, which search engines read; the name beside
it is for readers that know no RDFa. What a page states of its pictures stands in its body, and is
not about the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import html_text, schema_origin, traces
from aigc_label.containers import html_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.model import Signal
    from aigc_label.origin import Origin

_MOST = 64  # elements looked at


class Stated(NamedTuple):
    """One statement: IPTC's name of the property, its value, and the span of its element."""

    name: str
    value: str
    start: int
    end: int


def statements(head: TextPart, *, xml: bool) -> list[Stated]:
    """What the elements in the head state."""
    if not schema_origin.mentioned(head.text):
        return []
    return list(_found(head, xml=xml))[:_MOST]


def _found(head: TextPart, *, xml: bool) -> Iterator[Stated]:
    for tag in html_tags.tags(head.text, xml=xml):
        if not tag.in_head:
            return
        if tag.shown or (tag.name, tag.kind) != ("meta", "open"):
            continue
        if not schema_origin.mentioned(head.text[tag.start : tag.end]):
            continue
        given = html_tags.attributes(head.text, tag)
        content = given.get("content")
        names = (given[key].value for key in ("property", "itemprop", "name") if key in given)
        known = (schema_origin.property_of(html_text.plain(head, name)) for name in names)
        name = next(filter(None, known), None)
        if name is not None and content is not None:
            yield Stated(name, html_text.plain(head, content.value).strip(), tag.start, tag.end)


def observe(head: TextPart, *, xml: bool) -> Iterator[Signal]:
    """Yield what the head states of the page's origin."""
    for seen in statements(head, xml=xml):
        signal = traces.keyword(seen.name, seen.value, carrier="html.meta")
        if signal is not None:
            yield signal


def elements(origin: Origin, *, xml: bool) -> list[str]:
    """The elements that state an origin, in ASCII."""
    end = " />" if xml else ">"
    return [
        f'<meta name="{name}"{_RDFA.get(name, "")} content="{html_text.escaped(value)}"{end}'
        for name, value in schema_origin.properties(origin).items()
    ]


_RDFA = {"DigitalSourceType": f' property="{schema_origin.NAME}"'}


def replaced(head: TextPart, origin: Origin, *, xml: bool) -> tuple[list[Stated], bool]:
    """The statements that an origin takes the place of, and whether they say just that already."""
    found = [seen for seen in statements(head, xml=xml) if seen.name in origin.renewed]
    said = sorted((seen.name, seen.value) for seen in found)
    return found, said == sorted(schema_origin.properties(origin).items())
