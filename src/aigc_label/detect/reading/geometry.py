"""Where what a drawing draws comes to stand: its transforms, and the pixels of its viewport."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from aigc_label.containers.svg.view import View

Matrix: TypeAlias = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
"""A number, as an expression."""


def first(value: str | None) -> float | None:
    """The number that an attribute begins with, but for shares of a whole."""
    found = re.match(rf"\s*({NUMBER})(?!\s*%)", value or "")
    return float(found[1]) if found else None


def moved(matrix: Matrix, transform: str) -> Matrix:
    """A matrix after the list of transforms of an element."""
    for kind, inside in re.findall(
        r"(matrix|translate|scale|rotate)\s*\(([^)]{0,200})\)", transform
    )[:8]:
        given = [float(number) for number in re.findall(NUMBER, inside)]
        one = IDENTITY
        if kind == "matrix" and len(given) == 6:
            one = (given[0], given[1], given[2], given[3], given[4], given[5])
        elif kind == "translate" and given:
            one = (1.0, 0.0, 0.0, 1.0, given[0], given[1] if len(given) > 1 else 0.0)
        elif kind == "scale" and given:
            one = (given[0], 0.0, 0.0, given[-1], 0.0, 0.0)
        elif kind == "rotate" and given:
            c, s = math.cos(math.radians(given[0])), math.sin(math.radians(given[0]))
            one = (c, s, -s, c, 0.0, 0.0)
        matrix = product(one, matrix)
    return matrix


def product(one: Matrix, other: Matrix) -> Matrix:
    """One matrix and then another."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def shown(matrix: Matrix, at: tuple[float, float], seen: View) -> tuple[float, float]:
    """A point in pixels of the viewport."""
    a, b, c, d, e, f = matrix
    x, y = a * at[0] + c * at[1] + e, b * at[0] + d * at[1] + f
    return (x - seen.left) / seen.unit_x, (y - seen.top) / seen.unit_y
