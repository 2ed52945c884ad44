"""What a write has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_label.model.facts import FoundMark
    from aigc_label.model.labels import ImplicitLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What ``label``, ``propagate`` or ``carry`` did, or in a dry run would do.

    Attributes:
        source: the input's name.
        format: the format's id.
        target: where the result stands, ``None`` if it is in ``data``.
        data: the labelled bytes when no target was given.
        label: the implicit label the result bears, ``None`` where the format has no place for it.
        carrier: where the implicit label stands.
        mark: the explicit label the result bears, if one was asked for.
        changed: False when the input already bore all of it.
        dry_run: True when nothing was written on request.
        credentials: where C2PA content credentials were signed: inside the file, or for a file
            beside it; ``None`` if none were.
        sidecar: what stands in the file beside it, for whoever asked for bytes or a stream.
        notes: what the caller should know, one line each.
    """

    source: str
    format: str
    changed: bool
    target: Path | None = None
    data: bytes | None = None
    label: ImplicitLabel | None = None
    carrier: str | None = None
    mark: FoundMark | None = None
    dry_run: bool = False
    credentials: Literal["embedded", "sidecar"] | None = None
    sidecar: bytes | None = None
    notes: tuple[str, ...] = ()
