"""The values users meet: labels to write, facts that were read, judgements on them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping  # noqa: TC003 - dataclass fields are resolved at run time
from dataclasses import InitVar, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aigc_label import producer_code
from aigc_label.errors import AssetError, InvalidLabel
from aigc_label.origin import Origin  # noqa: TC001 - dataclass fields are resolved at run time

if TYPE_CHECKING:
    from pathlib import Path
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
        return {"confirmed": "1", "possible": "2", "suspected": "3"}[self.value]

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
        try:
            object.__setattr__(self, "attribution", Attribution(self.attribution))
        except ValueError:
            raise InvalidLabel(
                f"attribution must be confirmed, possible or suspected, not {self.attribution!r}",
                field="Label",
            ) from None
        if self.content_propagator is None:
            object.__setattr__(self, "content_propagator", self.content_producer)
        if self.propagate_id is None:
            object.__setattr__(self, "propagate_id", self.produce_id)
        for key, value in self.fields.items():
            _validate_field(key, value, _UNWRITABLE if found else _FORBIDDEN)
        if found:
            return
        if self.attribution is Attribution.CONFIRMED:
            for key in ("ContentProducer", "ProduceID"):
                if not self.fields[key]:
                    raise InvalidLabel(f"{key} must not be empty (Annex E)", field=key)
        for key in ("ContentProducer", "ContentPropagator"):
            if fault := producer_code.fault(self.fields[key]):
                raise InvalidLabel(f"{key} {self.fields[key]!r}: {fault}", field=key)

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


def _validate_field(key: str, value: object, forbidden: str) -> None:
    if not isinstance(value, str):
        raise InvalidLabel(f"{key} must be a string, not {type(value).__name__}", field=key)
    if bad := re.search(forbidden, value):
        raise InvalidLabel(
            f"{key} contains U+{ord(bad.group()):04X}, which no carrier may hold", field=key
        )
    if len(value) > _LONGEST_FIELD:
        raise InvalidLabel(
            f"{key} has {len(value)} characters; {_LONGEST_FIELD} at most", field=key
        )


SecurityStatus: TypeAlias = Literal["verified", "intact", "failed", "unsupported", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What a label's security information is worth (TC260-PG-202511A).

    Attributes:
        status: ``"verified"``: signed by a key or certificate that the trust store has for this
            producer. ``"intact"``: signed by the key that stands in the label itself, which proves
            that nothing was changed, not who made it. ``"failed"``: what is signed was changed, or
            signed by somebody else. ``"unsupported"``: there, but cannot be verified.
            ``"absent"``: none.
        detail: why, one of the words that docs/reference/json.md lists.
        algorithm: ``"sm2"``, ``"rsa"`` or ``"ecdsa"``.
        variant: ``"plain"``, or ``"digest"`` where the SM3 digest of the message was signed.
        key: the fingerprint of the key, ``sha256:...`` over its SubjectPublicKeyInfo.
        binding: whether the label belongs to this content: ``"matches"``, ``"differs"``,
            ``"unsupported"`` or ``"absent"``.
    """

    status: SecurityStatus
    detail: str = ""
    algorithm: str = ""
    variant: str = ""
    key: str = ""
    binding: str = ""

    def as_dict(self) -> dict[str, str]:
        """The members that say something."""
        members = {
            "status": self.status,
            "detail": self.detail,
            "algorithm": self.algorithm,
            "variant": self.variant,
            "key": self.key,
            "binding": self.binding,
        }
        return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLabel:
    """One GB 45438 label object, as found.

    Attributes:
        carrier: the place, e.g. ``"png.xmp"``; ids are listed by ``aigc-label formats``.
        fields: values under the standard's key names, after repair; only keys that were there.
        quirks: how the writing deviates from Annex E, e.g. ``"key-spelling"``.
        home: whether a guide (or the format's documented own choice) allows this place.
        offset: byte offset of the carrier in the file, if known.
        security: what its security information is worth; ``None`` where nobody verified it.
    """

    carrier: str
    fields: Mapping[str, str]
    quirks: tuple[str, ...] = ()
    home: bool = False
    offset: int | None = None
    security: Security | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Another statement of origin; never counts as a GB label.

    Attributes:
        scheme: ``"c2pa"``, ``"iptc"`` or ``"vendor"``.
        ai: whether it says the content is AI-made; ``None`` if it does not say.
        generator: the tool it names, if any.
        detail: the evidence, short.
        carrier: the place.
        action: what was done, such as ``"created"`` or ``"edited"``, where it says that.
        state: ``"trusted"``, ``"valid"`` or ``"invalid"``, where the credentials were validated;
            ``"valid"`` ones are sound, and of a signer whom the trust list does not hold.
        signer: who signed, where that was validated.
        problem: what is wrong with it, or why nobody could look; ``""`` if neither.
    """

    scheme: Literal["c2pa", "iptc", "vendor"]
    ai: bool | None
    detail: str
    generator: str | None = None
    carrier: str = ""
    action: str | None = None
    state: Literal["trusted", "valid", "invalid"] | None = None
    signer: str | None = None
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The signal as an object of the report; what was not validated has no state."""
        out: dict[str, Any] = {
            "scheme": self.scheme,
            "ai": self.ai,
            "generator": self.generator,
            "detail": self.detail,
        }
        told = {
            "action": self.action,
            "state": self.state,
            "signer": self.signer,
            "problem": self.problem,
        }
        return out | {key: value for key, value in told.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMark:
    """An explicit label that was perceived (or has just been drawn).

    Attributes:
        kind: ``"text"``, ``"rhythm"`` or ``"voice"``.
        text: the words, if words.
        place: ``"start"``, ``"middle"``, ``"end"``, or the edge or corner it stands on; of pages
            also ``"header"``, ``"footer"`` or ``"each page"``.
        box: x, y, width, height in pixels of the picture as displayed.
        ratio: ink height over the shortest side.
        contrast: of the ink to what is around it, WCAG's ratio of 1 to 21, where it was measured.
        at: first and last second during which it stands.
    """

    kind: Literal["text", "rhythm", "voice"]
    text: str = ""
    place: str = ""
    box: tuple[int, int, int, int] | None = None
    ratio: float | None = None
    contrast: float | None = None
    at: tuple[float, float] | None = None


Observation: TypeAlias = FoundLabel | Signal | FoundMark
"""A fact about a file, as a format's reader or a detector yields it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All facts read from one file, and nothing judged.

    Attributes:
        name: the file's name as given.
        size: bytes.
        format: id of the format, ``None`` if unknown.
        medium: the format's medium, ``None`` if unknown.
        homes: carriers the guides allow for the label, preferred first; may be empty.
        places: carriers of ours, where no guide names a home.
        labels: every GB label object found.
        signals: other statements of origin.
        marks: explicit labels perceived; ``None`` when nobody looked.
        problem: why reading stopped early, if it did. Facts read before that are kept.
        unseen: why marks were not looked for although they could be: what is not installed.
        path: where the file stands on the disk, ``None`` for bytes and streams; no fact about it.
    """

    name: str
    size: int
    format: str | None = None
    medium: Medium | None = None
    homes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    labels: tuple[FoundLabel, ...] = ()
    signals: tuple[Signal, ...] = ()
    marks: tuple[FoundMark, ...] | None = None
    problem: AssetError | OSError | None = None
    unseen: str = ""
    path: str | None = field(default=None, compare=False)


Kind: TypeAlias = Literal["fail", "pass", "open", "review", "informational", "notApplicable"]
Level: TypeAlias = Literal["error", "warning", "note", "none"]
Binding: TypeAlias = Literal["shall", "guide", "practice"]
"""How a rule binds: the mandatory standard or the Measures, a TC260 guide, or good practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judgement of one rule. ``kind`` and ``level`` are those of SARIF 2.1.0.

    Attributes:
        rule: the rule's id.
        kind: ``"fail"``, or ``"open"`` where nobody could look, ...
        level: ``"error"``, ``"warning"`` or ``"note"`` for a fail; ``"none"`` otherwise.
        message: one line for people.
        clause: the clause or source it rests on.
        binding: how that binds: ``"shall"`` of the standard or the Measures, a TC260 ``"guide"``,
            or good ``"practice"``.
        advice: how to mend it, ``""`` if there is nothing to do.
        carrier: the place it is about, if any.
        offset: the byte it is about, if known.
    """

    rule: str
    kind: Kind
    level: Level
    message: str
    clause: str
    binding: Binding = "practice"
    advice: str = ""
    carrier: str | None = None
    offset: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as the JSON object of the public contract."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "level": self.level,
            "binding": self.binding,
            "message": self.message,
            "clause": self.clause,
            "advice": self.advice,
            "carrier": self.carrier,
            "offset": self.offset,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One step by which article 6 of the Measures tells the state of a content.

    Attributes:
        step: ``"metadata"`` (the implicit label), ``"declaration"`` (the user's), ``"explicit"``
            (a mark that people perceive) or ``"traces"`` (other statements of origin).
        state: what the step says by itself; ``None`` if nothing.
        detail: what it rests on, or why it says nothing.
        decides: whether the file's attribution is this step's.
    """

    step: Literal["metadata", "declaration", "explicit", "traces"]
    state: Attribution | None
    detail: str
    decides: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The step as the JSON object of the public contract."""
        return {
            "step": self.step,
            "state": self.state.value if self.state else None,
            "detail": self.detail,
            "decides": self.decides,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a profile's rules say about one file.

    Attributes:
        inspection: the facts the findings rest on.
        profile: the profile's id.
        attribution: the state of article 6, ``None`` if nothing speaks for generation.
        evidence: the steps by which it was told, in the order of the article.
        findings: in the order of the rules.
        ok: no finding of kind ``fail`` reaches the profile's ``fail_on`` level.
    """

    inspection: Inspection
    profile: str
    ok: bool
    attribution: Attribution | None = None
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as the JSON object of the public contract (schema 1)."""
        seen = self.inspection
        out: dict[str, Any] = {
            "path": seen.name,
            "format": seen.format,
            "medium": seen.medium.value if seen.medium else None,
            "size": seen.size,
            "ok": self.ok,
            "attribution": self.attribution.value if self.attribution else None,
            "evidence": [step.as_dict() for step in self.evidence],
            "labels": [
                {
                    "carrier": label.carrier,
                    "home": label.home,
                    "fields": dict(label.fields),
                    "quirks": list(label.quirks),
                    "security": security_of(label).as_dict(),
                }
                for label in seen.labels
            ],
            "signals": [signal.as_dict() for signal in seen.signals],
        }
        if seen.marks is not None:
            out["explicit"] = [
                {
                    "kind": mark.kind,
                    "text": mark.text,
                    "place": mark.place,
                    "box": list(mark.box) if mark.box else None,
                    "ratio": mark.ratio,
                    "contrast": mark.contrast,
                    "at": list(mark.at) if mark.at else None,
                }
                for mark in seen.marks
            ]
        out["findings"] = [found.as_dict() for found in self.findings]
        return out


def security_of(label: FoundLabel) -> Security:
    """What was found of a label's security; what nobody verified counts as unsupported."""
    if label.security is not None:
        return label.security
    filled = label.fields.get("ReservedCode1") or label.fields.get("ReservedCode2")
    return Security(status="unsupported" if filled else "absent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What :func:`aigc_label.label` or :func:`aigc_label.propagate` did.

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
    notes: tuple[str, ...] = field(default=())


def printable(text: str, limit: int = 4096) -> str:
    """``text`` on one line, safe for a terminal: control and bidi characters become escapes."""
    if len(text) > limit:
        text = text[:limit] + "…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
