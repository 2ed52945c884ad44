"""Labels to write: the seven fields of Annex E, validated."""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - dataclass fields are resolved at run time
from dataclasses import InitVar, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from aigc_label import producer_code
from aigc_label.errors import InvalidLabel
from aigc_label.origin import Origin  # noqa: TC001 - dataclass fields are resolved at run time

if TYPE_CHECKING:
    from typing import Self

FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
"""The seven keys of Annex E, in its order."""

_FORBIDDEN = r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
_UNWRITABLE = r"[\ud800-\udfff\ufffe\uffff]"  # no UTF-8, or no XML, can hold these
_LONGEST_FIELD = 16_384  # no clause bounds a field; this keeps every carrier's slot large enough
_CODES = {"confirmed": "1", "possible": "2", "suspected": "3"}


class Medium(StrEnum):
    """The four media of GB 45438-2025 clause 5."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"


class Attribution(StrEnum):
    """The three states of article 6 of the Measures; Annex E writes them as 1, 2 and 3."""

    CONFIRMED = "confirmed"
    POSSIBLE = "possible"
    SUSPECTED = "suspected"

    @property
    def code(self) -> str:
        """The value of ``Label``: ``"1"``, ``"2"`` or ``"3"``."""
        return _CODES[self]

    @classmethod
    def from_code(cls, code: str) -> Attribution | None:
        """The state that a ``Label`` value names, or ``None`` for any other value."""
        return {"1": cls.CONFIRMED, "2": cls.POSSIBLE, "3": cls.SUSPECTED}.get(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitLabel:
    """The metadata label of GB 45438-2025 Annex E, validated.

    Attributes:
        content_producer: name or code of the generation service. May be empty only when the
            attribution is not confirmed: a platform need not know who made the content.
        produce_id: the producer's unique number of this content; empty as above.
        attribution: what ``Label`` says.
        reserved_code1: the producer's security information, a string; ``""`` if none.
        content_propagator: name or code of the propagation service. ``None`` copies the
            producer, as Annex E note 1 says for the first writing; ``""`` leaves it empty.
        propagate_id: the platform's unique number of this content; ``None`` copies.
        reserved_code2: the platform's security information.
        origin: what is stated beside the label, in IPTC's terms, wherever a place for it is known;
            ``None`` states nothing and leaves what stands there.
        found: the fields stood in a file: somebody else's slips are kept as they are, and only
            what no carrier can hold is refused.

    Raises:
        InvalidLabel: naming the field.
    """

    content_producer: str
    produce_id: str
    attribution: Attribution = Attribution.CONFIRMED
    reserved_code1: str = ""
    content_propagator: str | None = None
    propagate_id: str | None = None
    reserved_code2: str = ""
    origin: Origin | None = None
    found: InitVar[bool] = False

    def __post_init__(self, found: bool) -> None:
        if not isinstance(self.attribution, Attribution):
            object.__setattr__(self, "attribution", _state(self.attribution))
        if self.content_propagator is None:
            object.__setattr__(self, "content_propagator", self.content_producer)
        if self.propagate_id is None:
            object.__setattr__(self, "propagate_id", self.produce_id)
        fields = self.fields
        for key, value in fields.items():
            _validate_field(key, value, _UNWRITABLE if found else _FORBIDDEN)
        if found:
            return
        if self.attribution is Attribution.CONFIRMED:
            for key in ("ContentProducer", "ProduceID"):
                if not fields[key]:
                    raise InvalidLabel(f"{key} must not be empty (Annex E)", field=key)
        for key in ("ContentProducer", "ContentPropagator"):
            if fault := producer_code.fault(fields[key]):
                raise InvalidLabel(f"{key} {fields[key]!r}: {fault}", field=key)

    @property
    def fields(self) -> dict[str, str]:
        """The seven fields under their Annex E names, in its order."""
        return {
            "Label": self.attribution.code,
            "ContentProducer": self.content_producer,
            "ProduceID": self.produce_id,
            "ReservedCode1": self.reserved_code1,
            "ContentPropagator": self.content_propagator or "",
            "PropagateID": self.propagate_id or "",
            "ReservedCode2": self.reserved_code2,
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, str], *, found: bool = False) -> Self:
        """Build from Annex E names; absent keys count as empty.

        Args:
            fields: by Annex E name.
            found: as for the class.

        Raises:
            InvalidLabel: if ``Label`` is not 1, 2 or 3, or any field is not allowed.
        """
        attribution = Attribution.from_code(fields.get("Label", ""))
        if attribution is None:
            raise InvalidLabel(
                f'Label must be "1", "2" or "3", not {fields.get("Label")!r}', field="Label"
            )
        return cls(
            attribution=attribution,
            content_producer=fields.get("ContentProducer", ""),
            produce_id=fields.get("ProduceID", ""),
            reserved_code1=fields.get("ReservedCode1", ""),
            content_propagator=fields.get("ContentPropagator", ""),
            propagate_id=fields.get("PropagateID", ""),
            reserved_code2=fields.get("ReservedCode2", ""),
            found=found,
        )

    def propagated(self, propagator: str, propagate_id: str, reserved_code2: str = "") -> Self:
        """The same label with the propagation elements replaced (GB 45438 6.1, Measures art. 6).

        Raises:
            InvalidLabel: if the propagator's own fields are not allowed.
        """
        own = {
            "ContentPropagator": propagator,
            "PropagateID": propagate_id,
            "ReservedCode2": reserved_code2,
        }
        for key, value in own.items():
            _validate_field(key, value, _FORBIDDEN)
            if not value and key != "ReservedCode2":
                raise InvalidLabel(f"{key} must not be empty (Annex E)", field=key)
        if fault := producer_code.fault(propagator):
            raise InvalidLabel(
                f"ContentPropagator {propagator!r}: {fault}", field="ContentPropagator"
            )
        return replace(
            self,
            content_propagator=propagator,
            propagate_id=propagate_id,
            reserved_code2=reserved_code2,
            found=True,
        )


def _state(given: str) -> Attribution:
    try:
        return Attribution(given)
    except ValueError:
        raise InvalidLabel(
            f"attribution must be confirmed, possible or suspected, not {given!r}", field="Label"
        ) from None


def _validate_field(key: str, value: object, forbidden: str) -> None:
    if not isinstance(value, str):
        raise InvalidLabel(f"{key} must be a string, not {type(value).__name__}", field=key)
    if not value.isprintable() and (bad := re.search(forbidden, value)):
        raise InvalidLabel(
            f"{key} contains U+{ord(bad.group()):04X}, which no carrier may hold", field=key
        )
    if len(value) > _LONGEST_FIELD:
        raise InvalidLabel(
            f"{key} has {len(value)} characters; {_LONGEST_FIELD} at most", field=key
        )
