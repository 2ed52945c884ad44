"""Where words stand in a text of blocks that follow one another, and where they shall (5.1).

DOCX, ODT and XHTML differ in how a paragraph is written, not in what its beginning, middle and end
are. Blocks come from their readers; what is returned are offsets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from aigc_label.carriers import prompt_line
from aigc_label.errors import CannotCarry, ReadBackMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_label.explicit_label import ExplicitLabel, Place

CORNER = "AI"
"""The corner mark of 5.1 c."""

_NEAR = 64  # characters shown between a prompt and the edge that it marks, as in plain texts


class Block(NamedTuple):
    """A paragraph, a list's paragraph, a table.

    Attributes:
        start: its first byte.
        end: the byte behind it.
        kind: ``"text"``, ``"title"``, ``"item"`` of a list, or ``"other"``: a table, an index.
        text: what is shown, without a corner mark.
        solid: whether anything is shown at all.
        corner: whether it bears a corner mark.
        begin: where its content begins, of the first block of a text; ``None`` if nothing can be
            put there.
        finish: where its content ends, ``None`` if nothing can be put there.
        breaks: whether a page ends before it.
        closed: whether something that has begun goes on behind it: a field.
    """

    start: int
    end: int
    kind: Literal["text", "title", "item", "other"]
    text: str = ""
    solid: bool = True
    corner: bool = False
    begin: int | None = None
    finish: int | None = None
    breaks: bool = False
    closed: bool = False


class Standing(NamedTuple):
    """The words as they stand in a document that was marked.

    Attributes:
        text: at the first place that was asked for.
        place: that place, or the one that had to do for it.
        notes: what users should know.
    """

    text: str
    place: str
    notes: tuple[str, ...] = ()


class Placement(NamedTuple):
    """What is to be put where, and what stands already.

    Attributes:
        paragraphs: offsets at which a paragraph of its own goes.
        openings: offsets at which the words and a line break go, within a paragraph.
        corners: offsets at which a corner mark goes, within a paragraph.
        standing: the words as they stand, or will.
    """

    paragraphs: tuple[int, ...]
    openings: tuple[int, ...]
    corners: tuple[int, ...]
    standing: Standing

    @property
    def done(self) -> bool:
        """Whether nothing is missing."""
        return not (self.paragraphs or self.openings or self.corners)


def words_of(explicit: ExplicitLabel) -> str:
    """The words as people see them.

    Raises:
        CannotCarry: they are too many for a prompt.
    """
    words = explicit.text.strip()
    if explicit.regime == "cn":
        words = prompt_line.standing_alone(words)
    if len(words) > prompt_line.LONGEST:
        raise CannotCarry(
            f"the words have {len(words)} characters; nobody sees a prompt in more than "
            f"{prompt_line.LONGEST}"
        )
    return words


def is_mark(text: str, words: str, *, title: bool = False) -> bool:
    """Whether a whole paragraph is a prompt: these words, or those of somebody else."""
    text = text.strip()
    return text == words or prompt_line.prompt_in(text, title=title) is not None


Change: TypeAlias = tuple[dict[str, bytes], Standing]
"""The members of a package that change, with their contents, and where the words stand."""


class _Edge(NamedTuple):
    """A prompt near an edge: the number of its block, the characters before it, its words."""

    block: int
    before: int
    words: str


class _Flow:
    """Blocks, the prompts among them, and the gaps between the others.

    Gap ``-1`` is before all content, gap ``g`` behind content block ``g``. Prompts are no content,
    so a gap has the same number before and after something was put there.
    """

    def __init__(self, blocks: Sequence[Block], words: str) -> None:
        self.words = words
        self.blocks = blocks
        self.solid = [block for block in blocks if block.solid]
        self.content: list[Block] = []
        self.at: list[int] = []  # the index among all blocks
        self.standing: dict[int, str] = {}
        for index, block in enumerate(blocks):
            if self._is_prompt(block):
                self.standing.setdefault(len(self.content) - 1, block.text.strip() or CORNER)
            elif block.solid:
                self.content.append(block)
                self.at.append(index)
        first, last = (
            self._edge(self.solid, prompt_line.prompt_at_start),
            self._edge(self.solid[::-1], prompt_line.prompt_at_end),
        )
        if first and last and first.block == len(self.solid) - 1 - last.block:
            # one prompt in a short text is near both edges: it belongs to the nearer one
            first, last = (first, None) if first.before <= last.before else (None, last)
        self.first, self.last = first, last

    def _is_prompt(self, block: Block) -> bool:
        if block.corner and not block.text.strip():
            return True
        title = block.kind == "title"
        return block.kind != "other" and is_mark(block.text, self.words, title=title)

    def _edge(self, blocks: Sequence[Block], prompt: Callable[[str], str | None]) -> _Edge | None:
        """The first prompt within so many characters; titles do not use them up."""
        before, body = 0, False
        for index, block in enumerate(blocks):
            if before > _NEAR and body:
                break
            text, title = block.text.strip(), block.kind == "title"
            same = text == self.words or text.startswith(f"{self.words}\n")
            mark = CORNER if block.corner else self.words if same else None
            if mark is None and block.kind != "other":
                mark = prompt_line.prompt_in(text, title=True) if title else prompt(text)
            if mark is not None:
                return _Edge(index, before, mark)
            before += len(text)
            body = body or (bool(text) and not title)
        return None

    def free(self, gap: int) -> bool:
        """Whether something may stand there: not in a field, in a list, or under a title."""
        block, following = self.content[gap], self.content[gap + 1]
        if self.blocks[self.at[gap]].closed or block.kind == "title":
            return False
        return not (block.kind == "item" and following.kind == "item")

    def middle(self) -> int | None:
        """The gap nearest to the half of the text; ``None`` if it has no middle."""
        sizes = [len(block.text) or 1 for block in self.content]
        half, passed, best = sum(sizes) / 2, 0, None
        for gap, size in enumerate(sizes[:-1]):
            passed += size
            distance = abs(passed - half)
            if self.free(gap) and (best is None or distance < best[0]):
                best = distance, gap
        return None if best is None else best[1]

    def every(self, paragraphs: int) -> list[int]:
        """The gaps behind every so many paragraphs."""
        gaps, count = [], 0
        for gap, block in enumerate(self.content):
            count += block.kind == "text" and bool(block.text.strip())
            last = gap == len(self.content) - 1
            if count >= paragraphs and (last or self.free(gap)):
                gaps.append(gap)
                count = 0
        return gaps

    def offset(self, gap: int, top: int) -> int:
        """Where a paragraph in a gap stands: directly behind the content before it."""
        if gap < 0:
            return self.blocks[0].start if self.blocks else top
        index = self.at[gap]
        while self.blocks[index].closed and index + 1 < len(self.blocks):
            index += 1
        return self.blocks[index].end

    def between(self) -> str | None:
        """A prompt that marks neither edge."""
        edges = {self.first.block} if self.first else set()
        edges |= {len(self.solid) - 1 - self.last.block} if self.last else set()
        for index, block in enumerate(self.solid):
            if index not in edges and (block.corner or self._is_prompt(block)):
                return block.text.strip() or CORNER
        return None


def placement(
    blocks: Sequence[Block],
    explicit: ExplicitLabel,
    words: str,
    *,
    top: int,
    only: tuple[Place, ...] | None = None,
) -> Placement:
    """What is to be put where, so that the words stand at all places that are asked for.

    Args:
        blocks: in the order of the text.
        explicit: what is asked for.
        words: see :func:`words_of`.
        top: where the text begins if it has no blocks.
        only: the places in this part of a text, if not those that are asked for in all.
    """
    flow = _Flow(blocks, words)
    last = len(flow.content) - 1
    places, notes = list(explicit.places if only is None else only), []
    middle = flow.middle() if "middle" in places else None
    if "middle" in places and middle is None:
        places = ["start" if place == "middle" else place for place in places]
        notes.append("the text has no middle to put the words into; they stand at its start")
    gaps: dict[int, None] = {}
    said: str | None = None
    for place in places:
        gap = {"start": -1, "end": last, "middle": -1 if middle is None else middle}[place]
        edge = {"start": flow.first, "end": flow.last}.get(place)
        standing = edge.words if edge else flow.between() if place == "middle" else None
        standing = standing or _standing(flow, gap, corner=explicit.corner_mark)
        if standing is None:
            gaps[gap] = None
        said = said or standing or (CORNER if explicit.corner_mark else words)
    for gap in flow.every(explicit.paragraphs) if explicit.paragraphs else ():
        if _standing(flow, gap, corner=explicit.corner_mark) is None:
            gaps[gap] = None
    paragraphs, openings, corners = [], [], []
    for gap in gaps:
        host = _host(flow, gap) if explicit.corner_mark else None
        if host is not None and host.finish is not None:
            corners.append(host.finish)
            continue
        opener = flow.blocks[0] if gap < 0 and flow.blocks else None
        if opener is None or not opener.breaks:
            paragraphs.append(flow.offset(gap, top))
        elif opener.kind == "title" or not opener.solid:
            paragraphs.append(opener.end)  # before it, it would have a page of its own
        elif opener.begin is not None:
            openings.append(opener.begin)
        else:
            paragraphs.append(opener.start)
    return Placement(
        tuple(dict.fromkeys(paragraphs)),
        tuple(openings),
        tuple(dict.fromkeys(corners)),
        Standing(said or words, places[0] if places else "", tuple(notes)),
    )


def _host(flow: _Flow, gap: int) -> Block | None:
    """The paragraph that a corner mark goes into, ``None`` if none will do."""
    block = flow.content[max(gap, 0)] if flow.content else None
    return block if block is not None and block.kind in ("text", "title") and block.text else None


def _standing(flow: _Flow, gap: int, *, corner: bool) -> str | None:
    if corner and (host := _host(flow, gap)) is not None and host.corner:
        return CORNER
    return flow.standing.get(gap)


def require_done(after: Placement) -> None:
    """Refuse a result in which the words do not stand where they were put.

    Raises:
        ReadBackMismatch: they do not.
    """
    if not after.done:
        raise ReadBackMismatch("the words that were put into the document were not found in it")
