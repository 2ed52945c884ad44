"""What is said of a content's origin, whatever it is written into: C2PA, IPTC, a record of ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from aigc_label.errors import InvalidLabel

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""What IPTC's terms begin with. Written with ``http``; readers meet ``https`` and bare terms, too.
"""

TERMS = (
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "humanEdits",
    "algorithmicallyEnhanced",
    "digitalCreation",
    "dataDrivenMedia",
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "algorithmicMedia",
    "screenCapture",
    "virtualRecording",
    "composite",
    "compositeCapture",
    "compositeSynthetic",
)
"""IPTC's digital source types that are not retired (2026-11)."""

PROPERTIES = ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed")
"""Names of IPTC's properties that an origin is stated by (2025.1). Where the place is one of texts
under keywords, and not of XMP, they are the keywords, which is our choice.
"""

_USUAL = {"created": "trainedAlgorithmicMedia", "edited": "compositeWithTrainedAlgorithmicMedia"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a content comes from, as its producer states it.

    Attributes:
        system: name of the generating system; ``""`` where the producer's name has to do.
        version: its version, ``""`` if it is not told.
        action: whether the system created the content or edited what somebody else had made.
        source_type: IPTC's digital source type by its term, such as
            ``"algorithmicallyEnhanced"``; ``""`` for the usual one of the action.
        identity: the unique number of the content; ``""`` for the label's ProduceID.

    Raises:
        InvalidLabel: naming the field.
    """

    system: str = ""
    version: str = ""
    action: Literal["created", "edited"] = "created"
    source_type: str = ""
    identity: str = ""

    def __post_init__(self) -> None:
        if self.action not in _USUAL:
            raise InvalidLabel(
                f"action must be created or edited, not {self.action!r}", field="action"
            )
        if self.source_type and self.source_type not in TERMS:
            raise InvalidLabel(
                f"{self.source_type!r} is no digital source type of IPTC; give a term such as "
                "trainedAlgorithmicMedia",
                field="source_type",
            )
        for name in ("system", "version", "identity"):
            value = getattr(self, name)
            if not isinstance(value, str) or (value and not value.isprintable()):
                raise InvalidLabel(f"{name} must be printable text, not {value!r}", field=name)

    @property
    def term(self) -> str:
        """The digital source type as a bare term."""
        return self.source_type or _USUAL[self.action]

    @property
    def digital_source_type(self) -> str:
        """The digital source type as the URI that is written."""
        return SOURCE_TYPES + self.term

    @property
    def properties(self) -> dict[str, str]:
        """What is written, by the names of IPTC's properties; absent ones are not stated."""
        values = {
            "DigitalSourceType": self.digital_source_type,
            "AISystemUsed": self.system,
            "AISystemVersionUsed": self.version if self.system else "",
        }
        return {name: value for name, value in values.items() if value}

    @property
    def renewed(self) -> tuple[str, ...]:
        """The properties that a write replaces; what nobody states anew stays."""
        return PROPERTIES if self.system else PROPERTIES[:1]

    def completed_by(self, earlier: Origin | None) -> Origin:
        """This origin, with the system that an earlier one names where this one names none."""
        if earlier is None or self.system:
            return self
        return replace(self, system=earlier.system, version=earlier.version)
