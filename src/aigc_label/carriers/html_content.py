"""What people read of an HTML page: its content, as blocks, and the prompts among them.

The content is the page's one ``main`` element, else its one ``article``, else its body: what stands
above and below is the site's. The tree is as true as a page's tags are: end tags that may be left
out are understood, misnested ones are not (HTML standard 13.2.6 would move elements about).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html import unescape
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import wording
from aigc_label.carriers import hiding, html_text, prompt_line
from aigc_label.containers import css, html_tags
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.carriers.hiding import Look
    from aigc_label.carriers.prompt_line import Prompt
    from aigc_label.containers.css import Sheet
    from aigc_label.containers.html_tags import Tag
    from aigc_label.containers.text_bytes import TextPart


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
PLAIN = frozenset(("html", "body", "main", "article", "section", "div", "center"))
"""Elements between whose children words may stand."""

_VOID = _names("area base br col embed hr img input link meta param source track wbr frame")
_RAW = _names(
    "script style title textarea xmp iframe noembed noframes noscript plaintext select option"
)
_SILENT = _RAW | _names("pre code samp kbd listing template svg math")
_BLOCKS = _names(
    "address article aside blockquote body br center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p "
    "pre section summary table tbody td tfoot th thead tr ul"
)
_CLOSED_BY: dict[str, frozenset[str]] = {  # by what a start tag closes where no end tag stands
    "p": _BLOCKS - {"br", "html", "body"},
    "li": frozenset(("li",)),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "tr": frozenset(("tr", "tbody", "tfoot")),
    "td": frozenset(("td", "th", "tr")),
    "th": frozenset(("td", "th", "tr")),
}
_MOST_TAGS = 1 << 20
_DEEPEST = 512
_LINKED = r"(?i)<link\s[^<>]*stylesheet|@import|bgcolor|<body[^<>]*\sbackground"
_UNSEEN = frozenset(("template", "dialog", "datalist", "s", "del", "strike"))
"""Elements that are not shown, or take back what they show."""

_PAPER = re.compile(r"(?i)\bmedia\s*=\s*[\"']?(?!\s*(?:all|screen)\b)\w")
_TELLING = re.compile(r"\s(?:style|class|id|hidden|open)\b", re.IGNORECASE)
_BLANK = "\t\n\f\r "


@dataclass(slots=True, eq=False)
class Element:
    """An element.

    Attributes:
        name: in lower case.
        open: its start tag.
        parent: the element around it.
        look: whether people see it, by what it and those around it say.
        node: as selectors know it.
        close: its end tag, if it has one.
        empty: whether it can have none.
    """

    name: str
    open: Tag
    parent: Element | None
    look: Look
    node: css.Node
    close: Tag | None = None
    empty: bool = False

    @property
    def hidden(self) -> bool:
        """Whether it, or one around it, says that it is not shown."""
        return self.look.hides

    def around(self) -> Iterator[Element]:
        """The elements around it, the innermost first."""
        one = self.parent
        while one is not None:
            yield one
            one = one.parent


class Block(NamedTuple):
    """Text between two tags that part blocks.

    Attributes:
        element: the innermost block element that it stands in; ``None`` in a fragment.
        text: as it is shown, blanks joined; raised letters stand for a corner mark.
        start, end: in the page.
    """

    element: Element | None
    text: str
    start: int
    end: int

    @property
    def is_heading(self) -> bool:
        """Whether it is the text of a heading."""
        return self.element is not None and self.element.name in HEADINGS


@dataclass(slots=True)
class Content:
    """The content of a page.

    Attributes:
        part: the page, one character a byte.
        start, end: where the content begins and ends in it.
        holder: the element it is the content of; ``None`` for a fragment, or a body without tags.
        elements: all of the page, in the order of their start tags.
        blocks: those of the content that hold text, in order.
        frames: whether the page shows other pages and nothing else.
        tags: all that a browser comes to.
    """

    part: TextPart
    start: int
    end: int
    holder: Element | None
    elements: list[Element]
    frames: bool
    tags: list[Tag]
    blocks: list[Block] = field(default_factory=list)

    def hides(self, at: int) -> bool:
        """Whether a place between two tags is in code, a template or a drawing, or in no markup."""
        index = bisect_right(self.tags, at, key=lambda tag: tag.end)
        return index > 0 and _is_silent(self.part.text, self.tags[index - 1])

    def prompts(self, own: str = "") -> list[Prompt]:
        """The prompts in the content, in order; ``own`` are words that one may consist of."""
        return prompt_line.of_paragraphs(
            ((block.text, "heading" if block.is_heading else "plain") for block in self.blocks), own
        )


def content(part: TextPart, *, xml: bool, styles: tuple[str, ...] = ()) -> Content:
    """The content of a whole page.

    Args:
        part: the page, one character a byte.
        xml: whether it is XHTML.
        styles: the style sheets that it links to, where they are at hand.

    Raises:
        LimitExceeded: it has more than a million tags.
    """
    text = part.text
    tags = list(islice(html_tags.tags(text, xml=xml), _MOST_TAGS + 1))
    if len(tags) > _MOST_TAGS:
        raise LimitExceeded(f"the page has more than {_MOST_TAGS} tags")
    sheet = css.Sheet()
    for style in (*styles, *_styles(text, tags)):
        sheet.add(style, wanted=hiding.PROPERTIES)
    elements = list(_elements(text, tags, sheet, xml=xml))
    named = {name: [e for e in elements if e.name == name] for name in ("main", "article", "body")}
    holder = next(
        (found[0] for found in (named["main"], named["article"]) if _holds(found)),
        named["body"][0] if named["body"] else None,
    )
    if holder is not None and holder.name != "body" and holder.close is not None:
        start, end = holder.open.end, holder.close.start
    else:
        start = holder.open.end if holder else _implied(tags)
        closing = (
            tag.start for tag in tags if tag.kind == "close" and tag.name in ("body", "html")
        )
        end = next((at for at in closing if at >= start), len(text))
    frames = any(element.name == "frameset" for element in elements)
    found = Content(part, start, end, holder, elements, frames, tags)
    found.blocks = list(_blocks(found, tags))
    return found


def _holds(found: list[Element]) -> bool:
    """Whether the one element of its name is what the page is about."""
    return len(found) == 1 and found[0].close is not None and not found[0].hidden


def _implied(tags: list[Tag]) -> int:
    """Where the body begins of a page that has no tag for it."""
    end = 0
    for tag in tags:
        if not tag.in_head:
            break
        end = tag.end
    return end


def _styles(text: str, tags: list[Tag]) -> Iterator[str]:
    """The style sheets that a page holds, but for those for paper."""
    for tag, following in pairwise(tags):
        is_style = tag.kind == "open" and tag.name == "style" and not tag.shown
        if is_style and not _PAPER.search(text, tag.start, tag.end):
            yield text[tag.end : following.start]


def _elements(text: str, tags: list[Tag], sheet: Sheet, *, xml: bool) -> Iterator[Element]:
    """The elements, but for those in templates, drawings and code."""
    stack: list[Element] = []
    # A style sheet that is not at hand, or not all understood, may paint the ground in any colour.
    is_known = not sheet.partial and not re.search(_LINKED, text)
    page_look = hiding.ON_PAPER if is_known else hiding.SEEN
    for tag in tags:
        if tag.kind == "close":
            index = next(
                (n for n in range(len(stack) - 1, -1, -1) if stack[n].name == tag.name), -1
            )
            if index >= 0:
                stack[index].close = tag
                del stack[index:]
            continue
        if tag.kind != "open" or tag.shown:
            continue
        while stack and tag.name in _CLOSED_BY.get(stack[-1].name, ()):
            stack.pop()
        made = _element(text, tag, stack, sheet, page_look)
        made.empty = tag.name in _VOID or (xml and text[tag.end - 2] == "/")
        if not made.empty and len(stack) < _DEEPEST:
            stack.append(made)
        yield made


def _element(text: str, tag: Tag, stack: list[Element], sheet: Sheet, page_look: Look) -> Element:
    """An element within those that are open."""
    parent = stack[-1] if stack else None
    around = parent.look if parent else page_look
    given = {}
    if _TELLING.search(text, tag.start, tag.end):
        told = html_tags.attributes(text, tag)
        given = {name: unescape(one.value) for name, one in told.items()}
    classes = frozenset(given.get("class", "").split())
    node = css.Node(tag.name, given.get("id", ""), classes)
    folded = (
        parent is not None
        and parent.name == "details"
        and tag.name != "summary"
        and "open" not in html_tags.attributes(text, parent.open)
    )
    if tag.name in _UNSEEN or "hidden" in given or folded:
        around = around._replace(gone=True)
    style: dict[str, str] = {}
    if sheet:
        style = sheet.of([*(one.node for one in stack), node], given.get("style", ""))
    elif "style" in given:
        style = css.resolved(list(css.declared(given["style"])))
    return Element(tag.name, tag, parent, hiding.look(around, style), node)


def _blocks(page: Content, tags: list[Tag]) -> Iterator[Block]:
    """The text of the content, parted where a browser begins a new line."""
    text, at, start = page.part.text, page.start, page.start
    by_start = {element.open.start: element for element in page.elements}
    by_end = {element.close.start: element for element in page.elements if element.close}
    around: list[Element] = [e for e in page.elements if _encloses(e, page.start)]
    inmost = around[-1] if around else None
    pieces: list[str] = []
    silent = False

    def ended(end: int) -> Iterator[Block]:
        words = " ".join("".join(pieces).split(None))
        pieces.clear()
        if words:
            yield Block(around[-1] if around else None, words, start, end)

    for tag in tags:
        if tag.start < page.start:
            continue
        if tag.end > page.end:
            break
        if not silent and not (inmost and inmost.hidden):
            pieces.append(_shown(page.part, text[at : tag.start]))
        at = tag.end
        inmost = _inmost(tag, inmost, by_start, by_end)
        silent = _is_silent(text, tag)
        if (
            tag.name in ("sup", "sub")
            and tag.kind == "close"
            and wording.is_corner_mark(pieces[-1] if pieces else "")
        ):
            pieces[-1] = prompt_line.RAISED
        if tag.name not in _BLOCKS:
            continue
        yield from ended(tag.start)
        start = tag.end
        element = by_start.get(tag.start)
        if element is not None:
            own = () if element.name in _VOID else (element,)
            around = [e for e in (*own, *element.around()) if e.name in _BLOCKS][::-1]
        elif tag.kind == "close":
            names = [e.name for e in around]
            if tag.name in names:
                del around[len(names) - 1 - names[::-1].index(tag.name) :]
    if not silent and not (inmost and inmost.hidden):
        pieces.append(_shown(page.part, text[at : page.end]))
    yield from ended(page.end)


def _inmost(
    tag: Tag, before: Element | None, by_start: dict[int, Element], by_end: dict[int, Element]
) -> Element | None:
    """The innermost element behind a tag."""
    if (begun := by_start.get(tag.start)) is not None:
        return begun.parent if begun.empty else begun
    ended = by_end.get(tag.start)
    return before if ended is None else ended.parent


def _is_silent(text: str, tag: Tag) -> bool:
    """Whether what follows a tag is no text of the page."""
    opens = tag.kind == "open" and tag.name in _SILENT
    return tag.shown or (opens and (tag.name in _RAW or text[tag.end - 2] != "/"))


def _encloses(element: Element, at: int) -> bool:
    closed = element.close
    return (
        element.open.end <= at
        and element.name in _BLOCKS
        and (closed is None or closed.start >= at)
    )


def _shown(part: TextPart, raw: str) -> str:
    if not raw.strip(_BLANK):
        return " " if raw else ""
    return unescape(html_text.decoded(part, raw)[0])
