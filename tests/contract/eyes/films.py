"""Films and sounds packet by packet, and by mutagen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mutagen

from eyes.programs import WHEEL, run

if TYPE_CHECKING:
    from pathlib import Path


def packets(path: Path) -> str:
    """The checksum and time of every packet of every stream, without decoding."""
    copied = ("-map", "0", "-c", "copy", "-copy_unknown", "-f", "framemd5", "-")
    return run(WHEEL, "-v", "error", "-i", str(path), *copied)


def mutagen_facts(path: Path) -> dict:
    """Tags without the label, and the length. mutagen knows RIFF only, not RF64."""
    if path.read_bytes()[:4] in (b"RF64", b"BW64"):
        return {}
    opened = mutagen.File(path)
    assert opened is not None
    tags = (opened.tags or {}).items()
    keep = {key: value for key, value in tags if "ContentProducer" not in str(value)}
    return {"tags": keep, "length": opened.info.length}
