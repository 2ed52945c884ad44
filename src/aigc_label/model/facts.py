"""Facts that were read from a file; nothing is judged."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclass fields are resolved at run time
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from aigc_label.errors import AssetError  # noqa: TC001 - dataclass fields are resolved at run time
from aigc_label.model.labels import Medium  # noqa: TC001 - as above

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
        extent: how much there is of what it marks, where that is known: seconds of a film,
            characters of a text.
    """

    kind: Literal["text", "rhythm", "voice"]
    text: str = ""
    place: str = ""
    box: tuple[int, int, int, int] | None = None
    ratio: float | None = None
    contrast: float | None = None
    at: tuple[float, float] | None = None
    extent: float | None = None


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


def security_of(label: FoundLabel) -> Security:
    """What was found of a label's security; what nobody verified counts as unsupported."""
    if label.security is not None:
        return label.security
    filled = label.fields.get("ReservedCode1") or label.fields.get("ReservedCode2")
    return Security(status="unsupported" if filled else "absent")
