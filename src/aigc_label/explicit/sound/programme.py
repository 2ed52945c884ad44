"""What every container's module gives: a sound that can be heard, and have sounds put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples


class Window(NamedTuple):
    """A stretch of a programme.

    Attributes:
        first: its first sample, counted in one channel.
        length: in samples; what lies beyond the end is not there.
    """

    first: int
    length: int


class Addition(NamedTuple):
    """A sound to be put in.

    Attributes:
        at: how many samples of one channel stand before it; 0 and the programme's length are its
            ends, and anything else is taken to the nearest place that the coding allows.
        sound: one channel, full scale being 1; every channel gets it.
    """

    at: int
    sound: Samples


class Result(NamedTuple):
    """A programme with sounds put in.

    Attributes:
        asset: the file.
        begins: the second at which each addition begins in it.
        notes: what users should know.
    """

    asset: Asset
    begins: tuple[float, ...]
    notes: tuple[str, ...] = ()


class Programme(Protocol):
    """The sound of one file.

    Attributes:
        rate: samples of a channel in a second.
        channels: how many there are.
        length: samples of a channel.
    """

    rate: int
    channels: int
    length: int

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels, full scale being 1."""

    def taken(self, count: int) -> int:
        """How many samples a sound of ``count`` takes up, put in between others."""

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; everything that tells of samples follows.

        Args:
            additions: in the order of their places.

        Raises:
            CannotCarry: if the coding does not let them be put in.
            Malformed: if the file is damaged.
            LimitExceeded: if too much would have to be moved.
        """
