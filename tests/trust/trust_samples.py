"""Signed pictures."""

from __future__ import annotations

import io

from PIL import Image

from aigc_label import ImplicitLabel, SigningKey, label

STUDIO, RIVAL = "ExampleStudio", "RivalStudio"


def picture(seed: int = 5) -> bytes:
    drawn = Image.new("RGB", (64, 48), (seed, 90, 200 - seed))
    buffer = io.BytesIO()
    drawn.save(buffer, "JPEG")
    return buffer.getvalue()


def made(key: SigningKey | None, number: str = "1", seed: int = 5, producer: str = STUDIO) -> bytes:
    """A picture with a label, signed if a key is given."""
    told = ImplicitLabel(content_producer=producer, produce_id=number)
    return label(picture(seed), told, sign=key).data
