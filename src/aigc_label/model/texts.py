"""Texts of strangers, made fit to show."""

from __future__ import annotations

import json


def printable(text: str, limit: int = 4096) -> str:
    """``text`` on one line, safe for a terminal: control and bidi characters become escapes."""
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``"1 file"``, ``"2,000 files"``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
