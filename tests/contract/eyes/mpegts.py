"""MPEG transport streams: nobody finds metadata there, and nobody writes any."""

from __future__ import annotations

from eyes import Eyes
from eyes.holes import HUGE


def huge(data: bytes):
    yield "trailing", [data, HUGE]


EYES = Eyes(formats=("mpegts",), huge=huge)
