"""BMP, which holds no metadata."""

from __future__ import annotations

from eyes import Eyes
from eyes.holes import HUGE


def huge(data: bytes):
    yield "trailing", [data, HUGE]


EYES = Eyes(formats=("bmp",), huge=huge)
