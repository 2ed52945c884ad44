"""The edge or corner that words stand on."""

from __future__ import annotations

EDGE = 0.15
"""How far from an edge, over the shortest side, words stand that are on it."""


def on_edge(box: tuple[float, float, float, float], size: tuple[float, float]) -> str:
    """The edge or corner that words stand on, ``"middle"`` if none.

    Args:
        box: left, top, right and bottom of the words.
        size: width and height of the picture.
    """
    near = EDGE * min(size)
    down = "top" if box[1] <= near else "bottom" if box[3] >= size[1] - near else ""
    across = "left" if box[0] <= near else "right" if box[2] >= size[0] - near else ""
    return "-".join(filter(None, (down, across))) or "middle"
