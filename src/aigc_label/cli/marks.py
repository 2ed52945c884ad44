"""The options that say what an explicit mark is like, for every verb that makes one."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aigc_label.cli import parsing
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from aigc_label.cli.config import Settings
    from aigc_label.explicit_label import ExplicitLabel

_WORDS = ("text", "position", "height", "places", "paragraphs", "corner-mark")
_FILM = ("seconds", "span", "fade", "soft-track")
_LOOK = ("style", "weight", "opacity", "margin", "icon", "ink", "ground")
_SOUND = ("sound", "unit", "pitch", "level", "every")
KEYS = ("preset", *_WORDS, *_LOOK, *_FILM, *_SOUND)
"""The options, without their dashes; a settings file may hold each under the same name."""


def add_options(parser: argparse.ArgumentParser, wanted: str | None = None) -> None:
    """Add the options of explicit marks.

    Args:
        parser: of the verb.
        wanted: what ``--explicit`` means to it, where a mark is one of several things it does.
    """
    group = parser.add_argument_group("explicit mark (clause 5)")
    add = group.add_argument
    if wanted is not None:
        add("--explicit", action=argparse.BooleanOptionalAction, default=None, help=wanted)
    add("--preset", metavar="NAME", help="a look by name, or a TOML file; see `aigc-label presets`")
    add("--text", metavar="WORDS", help='the words (default: "AI生成")')
    add(
        "--position",
        type=_position,
        metavar="WHERE",
        help="in pictures, films and pages: top-left, top, ... bottom-right (default), auto for "
        "the calmest corner, or the centre as fractions: 0.5,0.9",
    )
    add(
        "--height",
        type=parsing.ratio,
        metavar="RATIO",
        help="of the words, over the shortest side: 0.05 or more (default: 0.06, or 6%%)",
    )
    add("--style", metavar="STYLE", help="plate (default), outline, shadow, adaptive or auto")
    add("--weight", metavar="WEIGHT", help="regular (default) or bold")
    add("--opacity", type=parsing.ratio, metavar="RATIO", help="of the plate: 0.2 to 1 (default)")
    add("--margin", type=parsing.ratio, metavar="RATIO", help="to the edge (default: 0.02)")
    add("--icon", metavar="ICON", help="before the words: spark, or a picture with transparency")
    add("--ink", metavar="COLOUR", help="of the letters: #rrggbb")
    add("--ground", metavar="COLOUR", help="of the plate, the rim or the shadow: #rrggbb")
    add(
        "--places",
        type=parsing.words,
        metavar="PLACES",
        help="in text and sound: start, middle, end, or several: start,end (default: start)",
    )
    add(
        "--paragraphs",
        type=_whole,
        metavar="N",
        help="in text: again behind every N paragraphs, pages or cues",
    )
    add(
        "--corner-mark",
        action="store_true",
        default=None,
        help="in text: a raised AI instead of the words (5.1 c)",
    )
    add(
        "--seconds",
        type=parsing.seconds,
        metavar="S",
        help="in films and subtitles: how long the words stand, 2 or more (default: 3)",
    )
    add(
        "--span",
        type=parsing.words,
        metavar="SPANS",
        help="in films: start (default), middle, end, full, seconds such as 60-65, or several: "
        "start,60-65",
    )
    add("--fade", type=parsing.seconds, metavar="S", help="in films: seconds to appear and vanish")
    add(
        "--soft-track",
        action="store_true",
        default=None,
        help="in MP4, MOV, MKV and WebM films: also a subtitle track with the words",
    )
    add(
        "--sound",
        metavar="SOUND",
        help="in sounds: rhythm (default), voice-zh, voice-en, or a clip of your own",
    )
    add("--unit", type=parsing.seconds, metavar="S", help="of a short tone (default: 0.12)")
    add("--pitch", type=_number, metavar="HZ", help="of the rhythm: 300 to 3000 (default: 880)")
    add("--level", type=_number, metavar="LU", help="over the programme's loudness (default: 0)")
    add("--every", type=_number, metavar="MINUTES", help="in sounds: again and again")


def chosen(args: argparse.Namespace, settings: Settings) -> ExplicitLabel:
    """The mark that the options and the settings ask for, over the preset.

    Raises:
        UsageError: a preset that is none.
        InvalidLabel: a value that clause 5 or the label does not allow.
    """
    from aigc_label import preset  # noqa: PLC0415 - only where a mark is asked for
    from aigc_label.explicit_label import ExplicitLabel  # noqa: PLC0415 - as above

    given: dict[str, Any] = {}
    for key in KEYS:
        value = settings.get(key, getattr(args, key.replace("-", "_"), None))
        if value is not None:
            given[key] = value
    name = given.pop("preset", None)
    label = ExplicitLabel() if name is None else preset.load_preset(name)
    look = {key: given.pop(key) for key in _LOOK if key in given}
    sound = {key: given.pop(key) for key in _SOUND if key in given}
    if "sound" in sound:
        sound["kind"] = sound.pop("sound")
    if "span" in given:
        given["spans"] = tuple(_span(each) for each in given.pop("span"))
    return replace(
        label,
        look=replace(label.look, **look),
        sound=replace(label.sound, **sound),
        **{key.replace("-", "_"): value for key, value in given.items()},
    )


def _position(text: str) -> str | tuple[float, float]:
    """An anchor as it is, or two fractions; whether there is such an anchor is the label's."""
    if "," not in text:
        return text
    try:
        x, y = (parsing.ratio(part.strip()) for part in text.split(","))
    except (ValueError, argparse.ArgumentTypeError):
        raise argparse.ArgumentTypeError(f"not a position such as 0.5,0.9: {text!r}") from None
    return x, y


def _span(text: object) -> str | tuple[float, float]:
    """A named span as it is, or seconds such as ``60-65``."""
    first, dash, last = str(text).partition("-")
    if not dash:
        return first
    try:
        return float(first), float(last)
    except ValueError:
        raise UsageError(f"not a span such as start or 60-65: {text!r}") from None


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    raise argparse.ArgumentTypeError(f"not a whole number: {text!r}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a number: {text!r}") from None
