"""What a manifest states: plain data, before anything is signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import ImplicitLabel
    from aigc_label.origin import Origin
    from aigc_label.provenance.credentials import Credentials

LABEL = "org.aigc-label.gb45438"
"""Our assertion: the label's seven fields in the shape of Annex E, ``{"AIGC": {...}}``."""

PARENT = "received"
"""What the file that was received, or edited, is called within the definition."""

_USES = (
    "cawg.ai_generative_training",
    "cawg.ai_training",
    "cawg.ai_inference",
    "cawg.data_mining",
)

Step = Literal["made", "marked", "noted"]


class Statement(NamedTuple):
    """What one manifest is about.

    Attributes:
        implicit: the label that the file bears, ``None`` if it bears none.
        step: the content was ``made`` (or edited) by this signer; a mark was drawn into a file
            that had been made and signed before (``marked``); only metadata changed (``noted``).
        signer: who is named where no generator is: the label's producer, or the platform.
        origin: names the generator.
        source_type: URI of IPTC's digital source type; ``""`` if nobody knows.
        has_parent: whether it continues from a file: one received, or the one that was edited.
    """

    implicit: ImplicitLabel | None
    step: Step
    signer: str
    origin: Origin
    source_type: str
    has_parent: bool


def definition(about: Statement, credentials: Credentials) -> dict[str, Any]:
    """The manifest's definition, as c2pa-python takes it."""
    origin = about.origin
    named: dict[str, Any] = {"name": origin.system or about.signer}
    if origin.version:
        named["version"] = origin.version
    assertions = [{"label": "c2pa.actions.v2", "data": {"actions": list(_actions(about, named))}}]
    if about.implicit is not None:
        assertions.append({"label": LABEL, "data": {"AIGC": about.implicit.fields}})
    if about.step == "made":
        assertions.append(
            {"label": "c2pa.ai-disclosure", "data": _disclosure(credentials, named["name"])}
        )
    if credentials.training is not None:
        entries = {use: {"use": credentials.training} for use in _USES}
        assertions.append({"label": "cawg.training-mining", "data": {"entries": entries}})
    out: dict[str, Any] = {
        "claim_generator_info": [named],
        "assertions": [{**one, "created": True} for one in assertions],
    }
    if number := _number(about, origin.identity):
        out["label"] = f"urn:c2pa:{number}"
    return out


def _actions(about: Statement, named: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was done: the first says where the content comes from, as C2PA asks of it."""
    now = {"when": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")}
    kind = {"digitalSourceType": about.source_type} if about.source_type else {}
    agent = {"softwareAgent": named}
    if not about.has_parent:
        yield {"action": "c2pa.created", **now, **agent, **kind}
        return
    opened = {"parameters": {"ingredientIds": [PARENT]}}
    # The type is repeated: readers look at the last manifest only, and it would say nothing.
    yield {"action": "c2pa.opened", **now, **opened, **kind}
    done = "c2pa.edited.metadata" if about.step == "noted" else "c2pa.edited"
    yield {"action": done, **now, **agent, **kind}


def _disclosure(credentials: Credentials, name: str) -> dict[str, Any]:
    """C2PA 2.4, 18.28."""
    out: dict[str, Any] = {"modelType": "c2pa.types.model", "modelName": name}
    if credentials.oversight is not None:
        out["contentProfile"] = {"humanOversightLevel": credentials.oversight}
    return out


def _number(about: Statement, identity: str) -> str:
    """The manifest's own number: the content's, if that is a UUID and nobody has used it yet."""
    if about.has_parent:
        return ""
    wanted = identity or (about.implicit.produce_id if about.implicit else "")
    try:
        return str(UUID(wanted)) if len(wanted) == 36 else ""
    except ValueError:
        return ""
