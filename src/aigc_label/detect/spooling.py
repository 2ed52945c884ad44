"""A path under which another program finds an asset."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset


@contextlib.contextmanager
def on_disk(asset: Asset) -> Iterator[str]:
    """The asset's own file, or a copy for as long as it is needed."""
    if asset.path is not None:
        yield asset.path
        return
    import tempfile  # noqa: PLC0415 - files on the disk need none

    with tempfile.TemporaryDirectory(prefix="aigc-label-") as folder:
        path = os.path.join(folder, f"media{asset.extension}")
        with open(path, "wb") as file:
            asset.copy_to(file, 0, asset.size)
        yield path
