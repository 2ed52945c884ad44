"""The types that contributors meet: what a format, a marker and a detector are.

A format is a value, not a class to inherit from: a module of plain functions that ends in
``FORMAT = Format(...)``. The registry finds it; nothing else needs an edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan, Span
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.model import FoundMark, ImplicitLabel, Medium, Observation
    from aigc_label.output import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format.

    Attributes:
        id: short lower-case name.
        medium: one of the four media.
        extensions: with the dot, lower case, the usual one first.
        media_types: IANA types, the registered one first.
        homes: carriers the guides allow, preferred first; empty where there is none.
        source: the guide and clause the homes rest on, or that the places are ours.
        places: carriers of ours, preferred first, where no guide names a home.
        by_name: whether the name tells it, so that it is asked when nobody claims the bytes.
        is_data: whether such files hold data as often as content; then one that was found below
            a folder, and not named, is left alone unless it bears a label.
        advice: what to do instead, as a sentence without its full stop, where the format cannot
            carry a label; shown by whoever asks for one.
        sniff: whether the bytes are this format; looks at ``asset.head``, never raises.
            Text formats look at the name, and are asked only when nobody claims the bytes.
        read: yields facts, from homes and from known wrong places. Raises ``Malformed`` where the
            structure breaks; facts yielded before that are kept.
        plan: the edits that make the label the file's only one, at the preferred home; replaces,
            never appends. ``None`` where the format cannot carry one.
        graft: ``(source, encoded)``: the edits to ``encoded``, a re-encoding of ``source``'s
            essence in the same format, that bring back all other metadata of ``source``.
        essence: the spans that hold the content itself, in the order of the file: what a person
            sees or hears is made of them, and no label, tag or index is among them, so that they
            stay the same bytes when metadata is written. Bounded as ``read`` is; raises
            ``Malformed`` where the structure breaks.
    """

    id: str
    medium: Medium
    extensions: tuple[str, ...]
    media_types: tuple[str, ...]
    homes: tuple[str, ...]
    source: str
    sniff: Callable[[Asset], bool]
    read: Callable[[Asset], Iterator[Observation]]
    plan: Callable[[Asset, ImplicitLabel], EditPlan] | None = None
    graft: Callable[[Asset, Asset], EditPlan] | None = None
    essence: Callable[[Asset], Iterator[Span]] | None = None
    places: tuple[str, ...] = ()
    by_name: bool = False
    is_data: bool = False
    advice: str = ""

    @property
    def slots(self) -> tuple[str, ...]:
        """Where a label is written, preferred first: the guides' homes, or places of ours."""
        return self.homes or self.places


class Marked(NamedTuple):
    """What a marker has done.

    Attributes:
        asset: the marked one; the one it was given when the file already bears this mark.
        mark: as it stands.
        notes: what users should know, one sentence each without its full stop: that and why more
            was encoded anew than they would expect, what was left unmarked.
    """

    asset: Asset
    mark: FoundMark
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Adds explicit labels to the formats it names.

    Attributes:
        id: short name.
        formats: ids of the formats it serves.
        mark: re-encodes no more than it must, and brings the other metadata back through
            ``format.graft``.
    """

    id: str
    formats: tuple[str, ...]
    mark: Callable[[Asset, Format, ExplicitLabel, Scratch], Marked]


class Unseen(Exception):
    """A detector cannot look at this file, which is as it should be; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Perceives explicit labels in the formats it names.

    Attributes:
        id: short name.
        formats: ids of the formats it serves.
        look: yields the marks that a person would perceive. Raises ``Malformed`` as readers do,
            ``MissingExtra`` where something must be installed first, and :class:`Unseen`.
        is_slow: whether a look takes longer than reading a text does.
    """

    id: str
    formats: tuple[str, ...]
    look: Callable[[Asset], Iterator[FoundMark]]
    is_slow: bool = False
