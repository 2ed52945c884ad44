"""Words on pages of a PDF (GB 45438-2025 clause 5.1), drawn in an incremental update.

What stood in the file stays, byte for byte. A page that gets words is written anew with what it
had: its content between ``q`` and ``Q``, behind it one more stream, and resources of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers.pdf_info import WORDS_KEY
from aigc_label.containers.pdf import (
    document,
    lexer,
    operators,
    pages,
    signatures,
    update,
)
from aigc_label.containers.pdf import drawn as drawing
from aigc_label.containers.pdf.lexer import Dictionary, Ref
from aigc_label.contract import Marked
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.words import pdf_plate
from aigc_label.explicit.words.pdf_letters import letters
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.lexer import Value
    from aigc_label.containers.pdf.pages import Page, Sheet
    from aigc_label.contract import Format
    from aigc_label.explicit.words.pdf_plate import Plate
    from aigc_label.explicit_label import ExplicitLabel, Position
    from aigc_label.output import Scratch

LEAST_INK = 10.0
"""Points: the ink of words on a page of text, which clause 5.1 only wants to be legible."""

INK_RATIO = 1 / 60
"""The same over the page's shortest side, for slides and posters, which are shown as a whole."""

MOST_PAGES = 1000
"""Pages that get words in one file."""

_SIGNED = (
    "what was signed stays whole, but viewers will say that the document was changed afterwards; "
    "mark documents before they are signed"
)
_NAME = b"GB45438Mark"
_CORNERS = ("bottom-right", "top-right", "bottom-left", "top-left")
_BATCH = 64  # pages looked up with one set of bounds
_LARGEST_DRAWING = 8 << 20  # bytes of a page's content that are looked through


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Draw the words on the pages that are asked for; a page that bears some keeps them.

    Raises:
        CannotCarry: the document is encrypted, certified, damaged, has no pages, or pages that
            another program makes; or the words do not fit a page.
        InvalidLabel: the package's font lacks a character.
        LimitExceeded: more pages are asked for than :data:`MOST_PAGES`, or it is larger than any.
    """
    del fmt, scratch  # there is one, and an update is small
    try:
        return _marked(asset, explicit)
    except Malformed as error:
        raise CannotCarry(
            f"{error.reason}; repair the document, for example with qpdf, then label it",
            offset=error.offset,
        ) from None


class _Todo(NamedTuple):
    """A page, how it is shown, and the plate it gets."""

    page: Page
    sheet: Sheet
    plate: Plate
    scale: float
    words: str


def _marked(asset: Asset, explicit: ExplicitLabel) -> Marked:
    opened = document.opened(asset)
    notes = (_SIGNED,) if _seals(opened) else ()
    wanted = _numbers(pages.count(opened), explicit)
    words = "AI" if explicit.corner_mark else explicit.text.strip()
    standing = ""
    todo: dict[Ref, _Todo] = {}
    current = opened
    for position, number in enumerate(wanted):
        if position % _BATCH == 0:  # a document's bounds are meant for fewer pages than it has
            current = document.opened(asset)
        page = pages.page(current, number)
        if found := _standing(current, page):
            standing = standing or found
        else:
            todo[page.ref] = _measured(current, page, explicit, words)
    place = explicit.places[0]
    if not todo:
        return Marked(asset, FoundMark(kind="text", text=standing, place=place))
    new = _objects(asset, list(todo.values()), explicit)
    made = update.made(document.opened(asset), None, new, new[-1].body)
    edited = EditPlan([Splice(Span(asset.size, asset.size), made)]).view(asset)
    return Marked(edited, FoundMark(kind="text", text=standing or words, place=place), notes)


def _seals(opened: Document) -> bool:
    """Whether somebody signed the document; a refusal if nobody may change what pages show."""
    if opened.dictionary(opened.trailer.get(b"Encrypt")):
        raise CannotCarry(
            "the document is encrypted, so no words can be put into it; decrypt it first, for "
            "example with `qpdf --decrypt`"
        )
    seals = signatures.seals(opened)
    if seals.frozen or signatures.certified(opened):
        raise CannotCarry(
            "a signature certifies what its pages show: mark the document before it is certified, "
            "or ask for the implicit label only (--no-explicit)"
        )
    if opened.resolve(opened.catalog().get(b"NeedsRendering")) is True:
        raise CannotCarry(
            "its pages are made by a form program (XFA) when it is opened; print it to PDF, then "
            "mark that"
        )
    return seals.covered > 0


def _numbers(count: int, explicit: ExplicitLabel) -> list[int]:
    """The pages that get words, from 0, in order."""
    if count < 1:
        raise CannotCarry("the document has no pages")
    at = {"start": 0, "middle": count // 2, "end": count - 1}
    found = {at[place] for place in explicit.places}
    if explicit.paragraphs:
        found.update(range(explicit.paragraphs - 1, count, explicit.paragraphs))
    if len(found) > MOST_PAGES:
        raise LimitExceeded(
            f"words on {len(found)} pages are asked for, and {MOST_PAGES} is the most; give a "
            "larger number of paragraphs, or 0 for none"
        )
    return sorted(found)


def _standing(opened: Document, page: Page) -> str:
    """The words of a mark that was drawn on the page before."""
    resources = opened.dictionary(page.given.get(b"Resources"))
    for name, drawn in opened.dictionary(resources.get(b"XObject")).items():
        if name.startswith(_NAME):
            words = opened.dictionary(drawn).get(WORDS_KEY)
            if type(words) is bytes:
                return lexer.text(words)
    return ""


def _measured(opened: Document, page: Page, explicit: ExplicitLabel, words: str) -> _Todo:
    """The plate for a page, and its scale from thousandths of an em to user space."""
    sheet = pages.sheet(opened, page)
    shortest = min(sheet.size)
    if _is_picture(opened, page):
        ink = explicit.height * shortest
    else:
        ink = max(LEAST_INK / sheet.unit, INK_RATIO * shortest)
    margin = explicit.look.margin * shortest
    plate = pdf_plate.plate(words, explicit.look, (sheet.size[0] - 2 * margin) / ink)
    scale = ink / plate.ink
    if plate.height * scale > sheet.size[1]:
        raise CannotCarry("a page is too low for words that can be read; ask for --no-explicit")
    return _Todo(page, sheet, plate, scale, words)


def _is_picture(opened: Document, page: Page) -> bool:
    """Whether a page shows nothing but images, as scans and exported pictures do (5.2)."""
    resources = opened.dictionary(page.given.get(b"Resources"))
    drawn = opened.dictionary(resources.get(b"XObject"))
    if not drawn or opened.dictionary(resources.get(b"Font")):
        return False
    return all(_is_image(opened, one) for one in list(drawn.values())[:8])


def _is_image(opened: Document, value: Value) -> bool:
    return opened.resolve(opened.dictionary(value).get(b"Subtype")) == b"Image"


def _objects(asset: Asset, todo: list[_Todo], explicit: ExplicitLabel) -> list[update.New]:
    """All that the update brings: letters, forms, and the pages with their new streams."""
    opened = document.opened(asset)
    tagged = opened.resolve(opened.dictionary(opened.catalog().get(b"MarkInfo")).get(b"Marked"))
    shared = _Shared(opened.next_number())
    for body in letters(todo[0].words).objects(shared.first):
        shared.add(body)
    written = []
    for one in todo:
        current = document.opened(asset)
        resources = current.dictionary(one.page.given.get(b"Resources"))
        drawn = current.dictionary(resources.get(b"XObject"))
        name = _free_name(drawn)
        entry = b"/%b %b" % (name, shared.add(_form(one, shared.first)))
        corner, images = explicit.position, set[bytes]()
        if corner == "auto":
            keys = list(drawn)[:_BATCH]
            images = {b"/" + key for key in keys if _is_image(current, drawn[key])}
        streams, content = _contents(current, one.page)
        depth = operators.balance(content)
        if corner == "auto":
            corner = _free_corner(one, explicit, drawing.drawn(content, images))
        words = _drawing(one, explicit, corner, name, tagged=tagged is True)
        saved = 1 - depth.lowest
        before, after = b"\n".join([b"q"] * saved), b"Q\n" * (saved + depth.last) + words
        contents = (
            [shared.add(_stream(before)), *streams, shared.add(_stream(after))]
            if streams
            else [shared.add(_stream(words))]
        )
        body = update.dictionary(
            *one.page.own.entries(b"Contents", b"Resources"),
            b"/Contents [%b]" % b" ".join(contents),
            b"/Resources "
            + update.dictionary(
                *resources.entries(b"XObject"),
                b"/XObject " + update.dictionary(*drawn.entries(), entry),
            ),
        )
        written.append(update.New(one.page.ref, body))
    return [*shared.new, *written]


class _Shared:
    """New objects; those that are alike are one."""

    def __init__(self, first: int) -> None:
        self.first = first
        self._references: dict[bytes, bytes] = {}

    def add(self, body: bytes) -> bytes:
        """The reference to an object."""
        number = self.first + len(self._references)
        return self._references.setdefault(body, b"%d 0 R" % number)

    @property
    def new(self) -> list[update.New]:
        """The objects as an update takes them."""
        return [update.New(Ref(self.first + n, 0), b) for n, b in enumerate(self._references)]


def _stream(content: bytes) -> bytes:
    return update.stream(Dictionary(), content)


def _free_name(drawn: Dictionary) -> bytes:
    """A name that none of a page's forms and images has."""
    number = 0
    while b"%b%d" % (_NAME, number) in drawn:
        number += 1
    return b"%b%d" % (_NAME, number)


def _form(one: _Todo, font: int) -> bytes:
    """The form that draws the plate, a thousandth of an em being its unit."""
    plate = one.plate
    head = update.dictionary(
        b"/Type /XObject /Subtype /Form",
        b"/BBox [0 0 %b]" % pdf_plate.numbers(plate.width, plate.height),
        b"/Resources << /Font << /F1 %d 0 R >> >>" % font,
        b"/%b %b" % (WORDS_KEY, lexer.literal(one.words)),
        b"/Length %d" % len(plate.drawing),
    )
    return head + b"\nstream\n" + plate.drawing + b"\nendstream"


def _place(one: _Todo, explicit: ExplicitLabel, position: Position) -> tuple[float, ...]:
    """Left, bottom, width and height of the plate on the page as displayed."""
    box = (one.plate.width * one.scale, one.plate.height * one.scale)
    margin = explicit.look.margin * min(one.sheet.size)
    return (*pdf_plate.placed(position, one.sheet.size, box, margin), *box)


def _free_corner(one: _Todo, explicit: ExplicitLabel, boxes: list[drawing.Box]) -> str:
    """The corner in which the page draws least; what is behind the whole page counts as paper."""
    width, height = one.sheet.size
    a, b, c, d, e, f = one.sheet.matrix
    inked = [
        box for box in boxes if (box.right - box.left) * (box.top - box.bottom) < width * height / 2
    ]

    def covered(corner: str) -> int:
        x, y, across, up = _place(one, explicit, corner)
        points = [(x, y), (x + across, y + up)]
        xs = sorted(a * x + c * y + e for x, y in points)
        ys = sorted(b * x + d * y + f for x, y in points)
        plate = drawing.Box(xs[0], ys[0], xs[1], ys[1])
        return sum(box.meets(plate) for box in inked)

    return min(_CORNERS, key=covered)


def _drawing(
    one: _Todo, explicit: ExplicitLabel, position: Position, name: bytes, *, tagged: bool
) -> bytes:
    """What draws the form at its place on the page.

    In a tagged document what is in no structure must say that it is none (14.8.2.2).
    """
    x, y, *_ = _place(one, explicit, position)
    turn = pdf_plate.numbers(*one.sheet.matrix)
    place = pdf_plate.numbers(one.scale, 0, 0, one.scale, x, y)
    drawn = b"q\n%b cm\n%b cm\n/%b Do\nQ" % (turn, place, name)
    if not tagged:
        return drawn
    return b"/Artifact << /Type /Pagination /Subtype /Watermark >> BDC\n%b\nEMC" % drawn


def _contents(opened: Document, page: Page) -> tuple[list[bytes], bytes]:
    """References to a page's streams, and what they draw; nothing where that cannot be told.

    What is no stream is left out: its number may be given to something else now.
    """
    named = page.own.get(b"Contents")
    found = opened.resolve(named)
    streams = found if isinstance(found, list) else [named]
    refs = [one for one in streams if isinstance(one, Ref)]
    refs = [ref for ref in refs if opened.object(ref).stream is not None]
    written = [b"%d %d R" % ref for ref in refs]
    try:
        contents = [opened.content(opened.object(ref), _LARGEST_DRAWING) for ref in refs]
    except AssetError:  # packed as it is not known here
        return written, b""
    if any(len(content) >= _LARGEST_DRAWING for content in contents):  # cut off
        return written, b""
    return written, b"\n".join(contents)
