"""Which bytes of a file are its essence: what a person sees or hears is made of them.

One function a structure, in a module a medium; what walks a structure is loaded when asked. A
label, a tag, an index or an offset is never among the spans, so that they hold the same bytes
before and after metadata is written.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import Span


def later(module: str, name: str) -> Callable[[Asset], Iterator[Span]]:
    """A function of a module of this package, loaded with it at the first call."""

    def spans(asset: Asset) -> Iterator[Span]:
        found: Callable[[Asset], Iterator[Span]]
        found = getattr(import_module(f"{__name__}.{module}"), name)
        return found(asset)

    return spans
