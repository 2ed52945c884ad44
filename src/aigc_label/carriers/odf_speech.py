"""What a paragraph of an OpenDocument says, by its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.carriers import prompt_line

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.carriers.odf_styles import Styles

UNSHOWN = frozenset(
    {
        "office:annotation", "text:note", "text:ruby-text", "text:tracked-changes",
        "svg:title", "svg:desc", "text:hidden-text", "office:event-listeners",
    }
)  # fmt: skip
_BLANKS = {"text:tab": "\t", "text:line-break": "\n"}


class Speech:
    """Gathers text, and knows a raised AI apart from it.

    Attributes:
        corner: whether a corner mark stood in it.
        solid: whether anything is shown at all.
        inner: paragraphs that are open within it: a note's, a frame's.
    """

    def __init__(self, styles: Styles, *, on_paper: bool = False) -> None:
        """Begin; ``on_paper`` says that white letters are not seen."""
        self.corner = self.solid = False
        self.inner = 0
        self._styles = styles
        self._on_paper = on_paper
        self._said: list[str] = []
        self._spans: list[tuple[int, bool, bool]] = []
        self._unshown = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element within the paragraph begins."""
        self.inner += name == "text:p"
        if name in UNSHOWN:
            self._unshown += 1
        elif name == "text:span":
            style = attributes.get("text:style-name")
            hidden = self._styles.hides("text", style)
            hidden = hidden or (self._on_paper and self._styles.whitens("text", style))
            self._spans.append((len(self._said), self._styles.raises(style), hidden))
        elif self._unshown:
            return
        elif name == "text:s":
            count = attributes.get("text:c") or "1"
            self._said.append(" " * min(int(count) if count.isdecimal() else 1, 64))
        elif name in _BLANKS:
            self._said.append(_BLANKS[name])
        elif name.startswith("draw:"):
            self.solid = True

    def text(self, text: str) -> None:
        """Characters."""
        if not self._unshown:
            self._said.append(text)

    def end(self, name: str) -> None:
        """An element within the paragraph ends."""
        self.inner -= name == "text:p"
        if name in UNSHOWN:
            self._unshown -= 1
        elif name == "text:span":
            at, raised, hidden = self._spans.pop()
            if hidden:
                del self._said[at:]
            elif raised and wording.is_corner_mark("".join(self._said[at:])):
                del self._said[at:]
                self.corner = True

    def said(self) -> str:
        """The text so far."""
        said = "".join(self._said)
        self.corner = self.corner or prompt_line.corner_mark_in(said, markup=False) is not None
        self.solid = self.solid or self.corner or bool(said.strip())
        return said
