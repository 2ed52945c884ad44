"""What people shall perceive: the words, the look, the sound, and where and when they stand."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

from aigc_label import spelling, wording
from aigc_label.errors import InvalidLabel

ANCHORS = (
    "top-left", "top", "top-right",
    "left", "center", "right",
    "bottom-left", "bottom", "bottom-right",
)  # fmt: skip
"""The nine named positions; clauses 5.2 and 5.4 ask for an edge or a corner, not the centre."""

STYLES = ("plate", "outline", "shadow", "adaptive", "auto")
WEIGHTS = ("regular", "bold")
REGIMES = ("cn", "eu")
PLACES = ("start", "middle", "end")
SPANS = ("start", "middle", "end", "full")
VOICES = ("voice-zh", "voice-en")

LEAST_HEIGHT, MOST_HEIGHT = 0.05, 0.5
"""Ink height over the shortest side: what clauses 5.2 and 5.4 ask for, and half the picture."""

LEAST_SECONDS = 2.0
"""How long words stand over a film at least (5.4)."""

Position: TypeAlias = str | tuple[float, float]
"""One of :data:`ANCHORS`, ``"auto"`` (the calmest corner), or the mark's centre as fractions."""

Place: TypeAlias = Literal["start", "middle", "end"]
Span: TypeAlias = str | tuple[float, float]
"""One of :data:`SPANS`, or the first and last second."""

_COLOUR = r"#[0-9a-fA-F]{6}"
_UNSHOWN = r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How words on pictures and films look.

    Attributes:
        style: ``"plate"``: words on a rounded plate; ``"outline"``: words with a rim of the ground
            colour; ``"shadow"``: words with a soft shadow; ``"adaptive"``: no plate, light or dark
            words as the pixels under them ask, with a rim; ``"auto"``: the first of adaptive,
            outline and plate whose contrast is enough, a plate where the ground is not calm.
            Whatever the style, contrast is at least 4.5:1 against the pixels that stand under the
            words: what is too faint is strengthened.
        weight: ``"regular"`` or ``"bold"``.
        opacity: of the plate, rim or shadow at most, 0.2 to 1; the letters stay opaque.
        margin: distance from the picture's edge as a ratio of its shortest side.
        icon: ``""`` for none, ``"spark"`` for the package's own, else the path of a picture with
            transparency; it stands in front of the words, as high as they are.
        ink: colour of the letters, ``"#rrggbb"``.
        ground: colour of the plate, rim or shadow.

    Raises:
        InvalidLabel: naming the attribute.
    """

    style: str = "plate"
    weight: str = "regular"
    opacity: float = 1.0
    margin: float = 0.02
    icon: str = ""
    ink: str = "#ffffff"
    ground: str = "#1a1a1a"

    def __post_init__(self) -> None:
        _typed(self)
        _among("style", self.style, STYLES)
        _among("weight", self.weight, WEIGHTS)
        _between("opacity", self.opacity, 0.2, 1)
        _between("margin", self.margin, 0, 0.25)
        for name in ("ink", "ground"):
            if not re.fullmatch(_COLOUR, getattr(self, name)):
                raise InvalidLabel(
                    f"{name} must be a colour such as #1a1a1a, not {getattr(self, name)!r}",
                    field=name,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """How an audible mark sounds (clause 5.3).

    Attributes:
        kind: ``"rhythm"`` (short-long-short-short), ``"voice-zh"`` or ``"voice-en"`` (clips of
            the package), else the path of a clip of one's own, whose words are one's own charge.
        unit: seconds of a short tone of the rhythm, 0.06 to 0.4; a long one lasts three.
        pitch: hertz of its tones, 300 to 3000.
        level: loudness of the mark over that of the programme in LU, -12 to 12.
        every: minutes between repetitions within the programme; 0 for none.

    Raises:
        InvalidLabel: naming the attribute.
    """

    kind: str = "rhythm"
    unit: float = 0.12
    pitch: float = 880.0
    level: float = 0.0
    every: float = 0.0

    def __post_init__(self) -> None:
        _typed(self)
        if not self.kind.strip():
            raise InvalidLabel(
                f"kind must be rhythm, {', '.join(VOICES)} or the path of a clip", field="kind"
            )
        _between("unit", self.unit, 0.06, 0.4)
        _between("pitch", self.pitch, 300, 3000)
        _between("level", self.level, -12, 12)
        if self.every:
            _between("every", self.every, 0.1, 1440)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitLabel:
    """What people shall perceive (GB 45438-2025 clause 5).

    Attributes:
        text: the words; they must hold an AI element and a generation element, or, in a regime
            other than China's, say AI.
        position: where they stand in a picture, a frame or on a page: ``"top-left"``, ``"top"``,
            ... ``"center"``, ... ``"bottom-right"`` (nine), ``"auto"`` for the calmest corner, or
            the centre of the mark as fractions of width and height.
        height: ink height of the words as a ratio of the shortest side, >= 0.05 (5.2, 5.4); on
            pages of documents only where they are pictures.
        look: how words on pictures, films and pages look.
        places: for text and audio: ``"start"``, ``"middle"``, ``"end"``, one or more (5.1, 5.3).
        paragraphs: for text: once more behind every so many paragraphs, pages, slides or cues; 0
            for none.
        corner_mark: for text: a raised ``AI`` instead of the words (5.1 c).
        seconds: for video and subtitles: how long the words stand in each named span, >= 2 (5.4).
        spans: for video: ``"start"``, ``"middle"``, ``"end"``, ``"full"``, or pairs of seconds.
            Without ``"start"`` or ``"full"``, or a pair that begins at 0, the file lacks what 5.4
            asks for, and is refused.
        fade: for video: seconds in which the words appear and vanish, beyond their two seconds.
        soft_track: for video: also a subtitle track with the words, in MP4, MOV, MKV and WebM.
        sound: how an audible mark sounds.
        regime: whose rule the words follow: ``"cn"`` or ``"eu"``.

    Raises:
        InvalidLabel: naming the attribute.
    """

    text: str = "AI生成"
    position: Position = "bottom-right"
    height: float = 0.06
    look: Look = field(default_factory=Look)
    places: tuple[Place, ...] = ("start",)
    paragraphs: int = 0
    corner_mark: bool = False
    seconds: float = 3.0
    spans: tuple[Span, ...] = ("start",)
    fade: float = 0.0
    soft_track: bool = False
    sound: Sound = field(default_factory=Sound)
    regime: str = "cn"

    def __post_init__(self) -> None:
        for name in ("places", "spans"):
            value = getattr(self, name)
            if not isinstance(value, (tuple, list)):
                raise InvalidLabel(
                    f'{name} must be a tuple such as ("start",), not {value!r}', field=name
                )
            frozen = tuple(tuple(v) if isinstance(v, list) else v for v in value)
            object.__setattr__(self, name, frozen)
        if isinstance(self.position, list):
            object.__setattr__(self, "position", tuple(self.position))
        _typed(self)
        _among("regime", self.regime, REGIMES)
        self._require_words()
        _require_position(self.position)
        if not LEAST_HEIGHT <= self.height <= MOST_HEIGHT:
            raise InvalidLabel(
                f"a height of {self.height:g} of the shortest side is outside 0.05 to 0.5 "
                "(5.2 asks for at least 5 %)",
                field="height",
            )
        if not self.places or any(place not in PLACES for place in self.places):
            raise InvalidLabel("places must name start, middle or end", field="places")
        if not 0 <= self.paragraphs <= 10_000:
            raise InvalidLabel("paragraphs must be 0 to 10000", field="paragraphs")
        if not LEAST_SECONDS <= self.seconds <= 3600:
            raise InvalidLabel("seconds must be 2 or more (5.4)", field="seconds")
        _between("fade", self.fade, 0, 5)
        _require_spans(self.spans)

    def _require_words(self) -> None:
        if bad := re.search(_UNSHOWN, self.text):
            raise InvalidLabel(
                f"the words contain U+{ord(bad.group()):04X}, which cannot be shown", field="text"
            )
        if self.regime == "cn" and not wording.is_prompt(self.text):
            raise InvalidLabel(
                f"{self.text!r} does not meet clause 5: it needs 人工智能 or AI, and 生成 or 合成",
                field="text",
            )
        if not wording.names_ai(self.text):
            raise InvalidLabel(f"{self.text!r} does not say AI", field="text")


def _typed(value: Look | Sound | ExplicitLabel) -> None:
    """Refuse attributes of other types than their defaults, of which bool is no number."""
    kinds: dict[str, tuple[tuple[type, ...], str]] = {
        "str": ((str,), "a string"),
        "float": ((int, float), "a number"),
        "int": ((int,), "a whole number"),
        "bool": ((bool,), "true or false"),
        "Look": ((Look,), "a Look"),
        "Sound": ((Sound,), "a Sound"),
    }
    for attribute in fields(value):
        if attribute.type not in kinds:
            continue
        wanted, what = kinds[str(attribute.type)]
        given = getattr(value, attribute.name)
        if not isinstance(given, wanted) or (isinstance(given, bool) and bool not in wanted):
            raise InvalidLabel(
                f"{attribute.name} must be {what}, not {given!r}", field=attribute.name
            )


def _among(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidLabel(f"no such {name}: {value!r}; {_meant(value, allowed)}", field=name)


def _meant(word: str, allowed: tuple[str, ...]) -> str:
    return spelling.hint(word, allowed, f"give {', '.join(allowed)}")


def _between(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InvalidLabel(f"{name} must be {least:g} to {most:g}, not {value:g}", field=name)


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
        and all(math.isfinite(v) for v in value)
    )


def _require_position(position: object) -> None:
    if isinstance(position, str) and (position in ANCHORS or position == "auto"):
        return
    if _is_pair(position) and all(0 <= v <= 1 for v in position):  # type: ignore[attr-defined] # a pair
        return
    hint = _meant(position, ("auto", *ANCHORS)) if isinstance(position, str) else "give an anchor"
    raise InvalidLabel(
        f"no such position: {position!r}; {hint} (or two fractions such as 0.5,0.9)",
        field="position",
    )


def _require_spans(spans: tuple[Span, ...]) -> None:
    for span in spans:
        if span in SPANS or (_is_pair(span) and 0 <= span[0] < span[1]):  # type: ignore[operator] # a pair
            continue
        raise InvalidLabel(
            f"no such span: {span!r}; give start, middle, end, full or seconds such as 0-5",
            field="spans",
        )
    for span in spans:
        if span in ("start", "full"):
            return
        if isinstance(span, tuple) and span[0] == 0 and span[1] >= LEAST_SECONDS:
            return
    raise InvalidLabel(
        "clause 5.4 asks for words over the start frames for 2 seconds or more: add start, full, "
        "or a span from 0",
        field="spans",
    )
