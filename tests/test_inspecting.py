"""What a report holds on to."""

from __future__ import annotations

import gc
import weakref

from aigc_label import inspecting
from aigc_label.asset import Asset


class Watched(Asset):
    """An asset that can be seen to go."""

    __slots__ = ("__weakref__",)


def test_a_problem_does_not_keep_the_file_in_memory():
    data = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x0dIHDR"
    asset = Watched(lambda at, length: data[at : at + length], len(data), name="cut.png")
    seen = weakref.ref(asset)
    gc.disable()  # what goes without it, goes at once
    try:
        inspection = inspecting.inspect(asset, perceive=True)
        del asset
        assert "cut short" in str(inspection.problem)
        assert seen() is None
    finally:
        gc.enable()
