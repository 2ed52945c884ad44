"""A mark turned and placed as pixels are stored."""

# ruff: noqa: PLC0415 - numpy takes long to import, and not every surface needs it

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.explicit.drawing.colours import Pixels


Box: TypeAlias = "tuple[int, int, int, int]"
"""Left, top, right, bottom, in pixels of what is stored."""


class Stamp:
    """A mark in stored pixels.

    Attributes:
        image: mode RGBA. Not to be drawn on.
        left, top: where it stands; all of it lies within the page.
        cell: side in pixels of the cells by which a standing mark is recognised.
    """

    def __init__(self, image: Image, left: int, top: int, cell: int) -> None:
        self.image = image
        self.left = left
        self.top = top
        self.cell = cell

    @cached_property
    def pixels(self) -> Pixels:
        """Red, green, blue and opacity, 8 bits each."""
        import numpy as np

        return np.asarray(self.image)

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return self.left, self.top, self.left + self.image.width, self.top + self.image.height
