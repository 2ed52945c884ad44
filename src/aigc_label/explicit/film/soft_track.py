"""The words as a subtitle track, besides those over the picture and never instead of them.

Clause 5.4 asks for words in the picture: a track can be switched off, and is lost where a film is
cut or uploaded. It is for players that show it, for search and for readers of screens.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import timing

if TYPE_CHECKING:
    from aigc_label.explicit.film.timing import Played
    from aigc_label.explicit_label import ExplicitLabel

NAME = "AI-generated content label"
"""What players list the track as."""

_KANA, _HANGUL, _HAN = "[\u3040-\u30ff]", "[\uac00-\ud7af]", "[\u3400-\u9fff\uf900-\ufaff]"


class Language(NamedTuple):
    """A language by its codes.

    Attributes:
        terminology: ISO 639-2/T, as MP4 has it.
        bibliographic: ISO 639-2/B, as Matroska has it.
    """

    terminology: str
    bibliographic: str


class Cue(NamedTuple):
    """When the words stand, in milliseconds of the film as a player counts them."""

    start: int
    end: int


def cues(explicit: ExplicitLabel, film: Played) -> tuple[Cue, ...]:
    """When the words stand over the picture at full strength."""
    shown = (film.film_seconds(one) for one in timing.showings(explicit, film))
    return tuple(Cue(round(start * 1000), round(end * 1000)) for start, end in shown)


def language(text: str) -> Language:
    """The language that words are most likely in, by their script; Latin is taken for English."""
    for script, code in ((_KANA, "jpn"), (_HANGUL, "kor")):
        if re.search(script, text):
            return Language(code, code)
    if re.search(_HAN, text):
        return Language("zho", "chi")
    return Language("eng", "eng") if text.isascii() else Language("und", "und")


def refuse(explicit: ExplicitLabel, container: str) -> None:
    """Refuse a mark that asks for a subtitle track in a container that has none for words.

    Raises:
        CannotCarry: with what to do instead.
    """
    if explicit.soft_track:
        raise CannotCarry(
            f"{container} has no subtitle track of text that players show; ask for the mark "
            "without it (soft_track=False), or put the film into MP4 or Matroska first"
        )
