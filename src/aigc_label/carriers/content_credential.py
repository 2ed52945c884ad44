"""C2PA content credentials in documents that are ZIP archives (C2PA 2.1, A.4: embedding in ZIP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import traces
from aigc_label.containers import archive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.archive import Directory
    from aigc_label.model import Signal

STORE = "META-INF/content_credential.c2pa"


def observe(asset: Asset, directory: Directory, *, kind: str) -> Iterator[Signal]:
    """Yield what a manifest store says, if there is one.

    Raises:
        Malformed: the store does not inflate, or is not where the directory says.
        CannotCarry: it is encrypted.
    """
    member = directory.find(STORE)
    if member is not None:
        store = archive.beginning(asset, member, traces.STORE_READ)
        signal = traces.c2pa(store, carrier=f"{kind}.c2pa")
        if signal is not None:
            yield signal
