"""Words in the content of an HTML page (GB 45438-2025 clause 5.1).

A paragraph of its own, with its look in a ``style`` attribute: no style sheet, no script. Where a
policy forbids such attributes (CSP), the words are a plain paragraph of the page.
"""

from __future__ import annotations

import codecs
import re
from html import escape
from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.carriers import html_content, html_label, prompt_line
from aigc_label.containers import html_tags
from aigc_label.contract import Marked
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words.paragraphs import Gap, Gaps, unmarked
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.html_content import Block, Content, Element
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.contract import Format
    from aigc_label.edits import Splice
    from aigc_label.explicit_label import ExplicitLabel, Place
    from aigc_label.output import Scratch

CLASS = "aigc-label"

STYLE = (  # dark on light, so that it can be read on paper, too, where grounds are left out
    "all:initial;display:block;clear:both;box-sizing:border-box;width:fit-content;max-width:100%;"
    "flex:none;grid-column:1/-1;margin:0 0 1em;padding:.2em .7em;border-left:.25em solid #767676;"
    "background:#f2f2f2;color:#1a1a1a;font:15px/1.5 system-ui,sans-serif"
)
"""The look of the words: nothing is inherited from the page; the contrast is 15:1."""

_AT_END = "margin:1em 0 0"
_BETWEEN = "margin:1em 0"
_CJK = re.compile("[\u3400-\u9fff]")
_BLANKS = " \t\r\n\f"
_UTF8 = re.compile(r"""(?i)(?:charset|encoding)[ \t]*=[ \t]*["']?utf-?8""")


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words, or a corner mark, at the places asked for; keep prompts that are there.

    Raises:
        CannotCarry: the page shows nothing, or only other pages, or is no page but a template; or
            it has no place such as was asked for.
        LimitExceeded: it is larger than any page.
        Malformed: the bytes are no text that is read here.
    """
    del fmt, scratch  # there is one, and a page is edited in memory
    xml = html_label.is_xml(asset)
    part = html_label.part_of(asset, asset.size)
    page = _page(part, xml=xml)
    job = _Job(page, explicit, xml=xml)
    standing: dict[str, str] = {
        found.place: found.words for found in page.prompts(job.words) if found.place != "middle"
    }
    if standing and len(page.blocks) == 1:  # a prompt, and nothing else that is shown
        standing = dict.fromkeys(("start", "end"), next(iter(standing.values())))
    missing = [place for place in explicit.places if place not in standing]
    within, notes = job.within()
    if explicit.corner_mark:
        splices = job.raised(missing, within)
    else:
        splices = [job.put(gap.at, _BETWEEN) for gap in within]
        splices += [job.first()] if "start" in missing else []
        splices += [job.last()] if "end" in missing else []
    edited = EditPlan(splices).view(asset)
    place = explicit.places[0]
    words = standing.get(place, job.words)
    return Marked(edited, FoundMark(kind="text", text=words, place=place), notes)


def _page(part: TextPart, *, xml: bool) -> Content:
    """The content of a page that can be marked."""
    if not part.at_end:
        raise CannotCarry(
            "the page is longer than what is read of such encodings; save it as UTF-8"
        )
    if re.match(r"---[ \t]*[\r\n]", part.text):
        raise CannotCarry(
            "it begins with front matter, so it is a template and no page; label what is made of it"
        )
    page = html_content.content(part, xml=xml)
    if page.frames:
        raise CannotCarry("it is a frameset, which shows other pages; mark those")
    if xml and (page.holder is None or page.holder.close is None):
        raise CannotCarry("an XHTML page needs a <body>, and this one has none; add it first")
    if not page.part.text[page.start : page.end].strip(_BLANKS):
        raise CannotCarry("there is nothing to label: the page has no content")
    return page


class _Job:
    """A page, and what it gets."""

    def __init__(self, page: Content, explicit: ExplicitLabel, *, xml: bool) -> None:
        self.page = page
        self.explicit = explicit
        self.xml = xml
        text = prompt_line.standing_alone(explicit.text.strip())
        self.words = "AI" if explicit.corner_mark else text
        if len(self.words) > prompt_line.LONGEST:
            raise CannotCarry(
                f"the words have {len(self.words)} characters; nobody sees a prompt in more than "
                f"{prompt_line.LONGEST}"
            )
        self._raw = page.part.encoding != "latin-1"
        self._utf8 = not self._raw and _is_utf8(page.part, xml=xml)

    def _splice(self, at: int, markup: str) -> Splice:
        """What is put in: as it is where the page is UTF-8 or UTF-16, else in references.

        Raises:
            CannotCarry: something is open there that would swallow it.
        """
        behind_all = not self.page.tags or at >= self.page.tags[-1].end
        if self.page.hides(at) or (behind_all and not self._is_met(at, markup)):
            raise CannotCarry(
                "a comment, a script or code is not closed in the page and would swallow the "
                "words; close it, or ask for words at the start"
            )
        if self._utf8:
            markup = markup.encode().decode("latin-1")
        elif not self._raw:
            markup = markup.encode("ascii", "xmlcharrefreplace").decode("ascii")
        return self.page.part.splice(at, at, markup)

    def _is_met(self, at: int, markup: str) -> bool:
        """Whether a browser comes to what is put behind the last tag: a comment may be open."""
        text = self.page.part.text
        start = self.page.tags[-1].end if self.page.tags else 0
        tags = html_tags.tags(f"{text[start:at]}{markup}", xml=self.xml)
        return any(tag.kind == "open" and tag.start >= at - start for tag in tags)

    def _element(self, margin: str = "") -> str:
        style = STYLE.replace("margin:0 0 1em", margin) if margin else STYLE
        tongue = "zh-CN" if _CJK.search(self.words) else "en"
        given = f'lang="{tongue}"' + (f' xml:lang="{tongue}"' if self.xml else "")
        return (
            f'<p class="{CLASS}" role="note" {given} style="{style}">'
            f"{escape(self.words, quote=False)}</p>"
        )

    def put(self, at: int, margin: str) -> Splice:
        """The words behind a paragraph, on a line of their own."""
        return self._splice(at, f"{self._line(at)}{self._element(margin)}")

    def first(self) -> Splice:
        """The words as the first child of the content."""
        text, at = self.page.part.text, self.page.start
        if (line := re.compile(r"[ \t]*(\r\n|\n|\r)[ \t]*").match(text, at)) is not None:
            return self._splice(at, f"{line.group()}{self._element()}")
        gap = self.page.part.newline if at == 0 else ""
        return self._splice(at, f"{self._element()}{gap}")

    def last(self) -> Splice:
        """The words as the last child of the content."""
        text, end = self.page.part.text, self.page.end
        at = len(text[: self.page.end].rstrip(_BLANKS))
        gap = self._line(at) if re.search("[\r\n]", text[at:end]) or end == len(text) else ""
        return self._splice(at, f"{gap}{self._element(_AT_END)}")

    def _line(self, at: int) -> str:
        """A new line, as far to the right as that of the element before it."""
        text = self.page.part.text
        start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
        indent = re.compile(r"[ \t]*").match(text, start)
        return self.page.part.newline + (indent.group() if indent else "")

    def within(self) -> tuple[list[Gap], tuple[str, ...]]:
        """The gaps between paragraphs that get a mark, and what is to be said of them.

        Raises:
            CannotCarry: there is no middle, and nothing but the middle was asked for.
        """
        explicit, chosen = self.explicit, {}
        notes: tuple[str, ...] = ()
        if "middle" not in explicit.places and not explicit.paragraphs:
            return [], ()
        found = _gaps(self.page, self.words)
        if explicit.paragraphs:
            chosen = {gap.at: gap for gap in found.every(explicit.paragraphs)}
        if "middle" in explicit.places and not found.bears_middle():
            if (middle := found.middle()) is not None:
                chosen[middle.at] = middle
            elif len(set(explicit.places)) == 1:
                raise CannotCarry(
                    "it has no two <p> for words to stand between; ask for the start or the end"
                )
            else:
                notes = ("no words stand in the middle, as there are no two paragraphs",)
        gaps = [chosen[at] for at in sorted(chosen) if not chosen[at].taken]
        return [gap for gap in gaps if not (gap.last and "end" in explicit.places)], notes

    def raised(self, missing: list[Place], within: list[Gap]) -> list[Splice]:
        """Corner marks (5.1 c) behind the first and the last heading or paragraph, and others.

        Raises:
            CannotCarry: there is neither a heading nor a paragraph.
        """
        if not missing and not within:
            return []
        holders = {block.element.open.start for block in self.page.blocks if block.element}
        found = [
            element
            for element in self.page.elements
            if element.name in ("p", *html_content.HEADINGS)
            and element.close is not None
            and element.open.start in holders
        ]
        if not found:
            raise CannotCarry(
                "a corner mark stands behind a heading or a paragraph, and there is none; ask for "
                "words"
            )
        spots = {"start": found[0], "end": found[-1]}
        chosen = [spots[place] for place in missing if place in spots]
        ends = {_close(one) for one in chosen if not self._bears_one(one)}
        ends |= {self.page.part.text.rfind("</", 0, gap.at) for gap in within}
        title = escape(self.explicit.text.strip())
        return [
            self._splice(at, f'<sup class="{CLASS}" title="{title}">AI</sup>')
            for at in sorted(ends)
        ]

    def _bears_one(self, element: Element) -> bool:
        """Whether a corner mark stands in an element."""
        start, end = element.open.end, _close(element)
        return any(_is_raised(one) for one in self.page.blocks if start <= one.start < end)


def _close(element: Element) -> int:
    return element.close.start if element.close is not None else element.open.end


def _is_raised(block: Block) -> bool:
    return prompt_line.corner_mark_in(block.text, markup=False) is not None


def _is_utf8(part: TextPart, *, xml: bool) -> bool:
    """Whether a page says that it is UTF-8, and is."""
    data = part.text.encode("latin-1")
    says = part.base == len(codecs.BOM_UTF8) or _UTF8.search(part.text[:1024]) is not None
    if not says and xml:
        says = re.search(r"encoding\s*=", part.text[:256]) is None  # what XML takes it for
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return says


def _gaps(page: Content, own: str) -> Gaps:
    """The gaps behind paragraphs that stand between plain blocks of the content."""
    length, before = 0, []
    prompts = [_is_prompt(block, own) for block in page.blocks]
    for block, prompt in zip(page.blocks, prompts, strict=True):
        length += 0 if prompt else unmarked(block.text)
        before.append(length)
    found: dict[int, Gap] = {}
    for index, block in enumerate(page.blocks):
        element = block.element
        if prompts[index] or element is None or not _is_paragraph(element):
            continue
        at = element.close.end if element.close is not None else block.end
        if page.hides(at):
            continue
        following = index + 1
        while following < len(prompts) and page.blocks[following].start < at:
            following += 1  # a line of a paragraph that goes on
        behind = following
        while following < len(prompts) and prompts[following]:
            following += 1
        taken = following > behind or any(map(_is_raised, page.blocks[index:behind]))
        last = following == len(prompts)
        fits = last or _fits(page.blocks[following].element)
        found.setdefault(at, Gap(block.start, at, before[behind - 1], fits, taken, last))
    places = [
        before[index]
        for index, block in enumerate(page.blocks)
        if prompts[index] or _is_raised(block)
    ]
    return Gaps(tuple(found.values()), length, tuple(places))


def _is_prompt(block: Block, own: str) -> bool:
    """Whether a block is a prompt, and nothing else."""
    if block.text == own:
        return not wording.is_corner_mark(own)
    words = prompt_line.prompt_in(block.text) if len(block.text) <= prompt_line.LONGEST else None
    heading = block.element is not None and block.element.name in html_content.HEADINGS
    return words is not None and not heading and not wording.is_corner_mark(words)


def _is_paragraph(element: Element) -> bool:
    """Whether words may stand behind an element: a paragraph that is part of no list or table."""
    if element.name != "p" or element.close is None or element.hidden:
        return False
    return all(one.name in html_content.PLAIN for one in element.around())


def _fits(element: Element | None) -> bool:
    """Whether a block that follows is no list, table or code that a paragraph leads to."""
    if element is None or element.name in ("p", *html_content.HEADINGS):
        return element is None or all(e.name in html_content.PLAIN for e in element.around())
    return element.name in html_content.PLAIN
