"""The word that was probably meant where a misspelt one stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The most alike of the known words, ``None`` if none is much alike."""
    import difflib  # noqa: PLC0415 - only after a mistake

    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """What to say of a word that is not known: the one that was meant, or what else there is."""
    meant = nearest(word, known)
    return f"did you mean {meant!r}?" if meant else otherwise
