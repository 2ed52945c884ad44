"""What binds a label to its content: a hash of the content, without the bytes of the label.

Annex A.2 of TC260-PG-202511A recommends which bytes to hash, but its selections could not be had in
a form that reproduces any real label. So the selection is ours, by a name of ours in ``CntSel``,
and no conformity is claimed; others can be added by name. The entry also names the ``ProduceID``,
so that the signed binding of one content cannot be combined with the signed label of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aigc_label import essence
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aigc_label.asset import Asset
    from aigc_label.contract import Format

Selector: TypeAlias = "Callable[[Asset, Format], bytes | None]"
"""The SHA-256 of what is selected of a file; ``None`` where the selection knows nothing of it."""

Match: TypeAlias = Literal["matches", "differs", "unsupported"]

SHA256 = "2.16.840.1.101.3.4.2.1"
OURS = "aigc-label/essence-1"
"""The selection that is written: pixels, samples, frames or words as they are encoded."""

_SELECTORS: dict[str, Selector] = {OURS: essence.digest}


def register(name: str, selector: Selector) -> None:
    """Let bindings with another content selection be verified.

    Args:
        name: what stands in ``CntSel``.
        selector: the selection.
    """
    _SELECTORS[name] = selector


def digest(asset: Asset, fmt: Format) -> bytes | None:
    """The hash to bind to; ``None`` where the format's content cannot be told from the rest."""
    return essence.digest(asset, fmt)


def entry(content: bytes, produce_id: str) -> dict[str, Any]:
    """The entry that binds a label to content.

    Args:
        content: what :func:`digest` returned.
        produce_id: the label's.
    """
    return {
        "BType": 0,
        "AlgID": SHA256,
        "Value": content.hex(),
        "CntSel": OURS,
        "ProduceID": produce_id,
    }


def is_known(found: Mapping[str, Any]) -> bool:
    """Whether an entry can be verified: a selection that is known, and the hash that it has."""
    selection, kind = found.get("CntSel"), found.get("BType")
    if not isinstance(selection, str) or selection not in _SELECTORS:
        return False
    return kind in (0, "0") and found.get("AlgID") == SHA256


def matches(found: Mapping[str, Any], asset: Asset, fmt: Format) -> Match:
    """Whether an entry was made for the content of a file. Never raises for what is in either."""
    try:
        content = _SELECTORS[found["CntSel"]](asset, fmt)
    except (AssetError, OSError):
        return "unsupported"
    if content is None:
        return "unsupported"
    return "matches" if str(found.get("Value", "")).lower() == content.hex() else "differs"
