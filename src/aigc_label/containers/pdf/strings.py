"""What a page says, string by string, and how strings are drawn (ISO 32000-2 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aigc_label.containers.pdf.drawn import Box, Matrix
    from aigc_label.containers.pdf.fonts import Font
    from aigc_label.containers.pdf.lexer import Ref


class Run(NamedTuple):
    """A string as it is shown, in points of the page as displayed, its origin at the bottom left.

    Attributes:
        text: what it says.
        x, y: where its baseline begins.
        size: of its letters.
        width: of the whole.
        angle: degrees by which it is turned, from -180 to 180.
    """

    text: str
    x: float
    y: float
    size: float
    width: float
    angle: int


class Shown(NamedTuple):
    """What a page shows.

    Attributes:
        runs: its strings, in the order they are drawn.
        opaque: the share of its letters of which nobody says what they mean, from 0 to 1.
        pictured: how much of it the largest image covers, from 0 to 1.
        named: what forms that it shows say under the key that was asked for.
        worded: whether it shows any text.
        lettered: whether it draws outlines that may be words, or pictures in its margins.
    """

    runs: list[Run]
    opaque: float
    pictured: float
    named: list[bytes]
    worded: bool
    lettered: bool = False


class State(NamedTuple):
    """How strings are drawn: what is saved and taken back (8.4.2)."""

    matrix: Matrix
    font: Font | None
    size: float
    mode: int
    white: bool
    clip: Box
    alpha: float = 1.0
    spaces: tuple[float, ...] = (0.0, 0.0, 1.0, 0.0, 0.0)  # letters, words, across, lines, up

    def spaced(self, index: int, value: float) -> State:
        """The same with one of its spaces set."""
        return self._replace(spaces=(*self.spaces[:index], value, *self.spaces[index + 1 :]))


class Wanted(NamedTuple):
    """What is looked for.

    Attributes:
        script: its first character; pages whose fonts have none from there on are not read.
        key: of forms, an entry whose value is asked for.
        fonts: those that were met, by reference; pages share them.
    """

    script: str
    key: bytes
    fonts: dict[Ref, Font | None]
