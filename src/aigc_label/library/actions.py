"""What is done with each file of a run, as values that a ledger can keep."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.explicit_label import ExplicitLabel, Look, Sound
from aigc_label.library.signing import Signer
from aigc_label.library.urls import absolute
from aigc_label.model import Attribution, ImplicitLabel
from aigc_label.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """Label as the producer; the fields are those of :class:`aigc_label.ImplicitLabel`.

    Attributes:
        producer: name or code of the generation service.
        attribution: what ``Label`` says.
        reserved_code: the producer's security information.
        propagator: name or code of the platform, ``None`` for the producer.
        explicit: the mark that people perceive, ``None`` for none.
        insisted: a format that takes no mark is a failure; otherwise such a file bears the implicit
            label alone, and its row says so.
        allow_breaking_c2pa: write although content credentials no longer match then.
        origin: what is stated beside the label, ``None`` for nothing.
        sign_key: where the key stands that signs the labels, in PEM or PKCS#12; its password is
            taken from ``AIGC_LABEL_SIGN_PASSWORD``. ``""`` for no signature.
        sign_alg: the algorithm that the key must be for, ``""`` for any.
        credentials: who signs content credentials, ``None`` for nobody.
    """

    producer: str
    attribution: Attribution = Attribution.CONFIRMED
    reserved_code: str = ""
    propagator: str | None = None
    explicit: ExplicitLabel | None = None
    insisted: bool = False
    allow_breaking_c2pa: bool = False
    origin: Origin | None = None
    sign_key: str = ""
    sign_alg: str = ""
    credentials: Signer | None = None

    def implicit(self, number: str, given: Mapping[str, str]) -> ImplicitLabel:
        """The label of one file.

        Args:
            number: its ``ProduceID``.
            given: what a manifest says about it.

        Raises:
            InvalidLabel: a value is not allowed.
        """
        said = given.get("attribution")
        state = self.attribution if said is None else Attribution(said)
        if self.credentials is not None and state is not Attribution.CONFIRMED:
            raise InvalidLabel(
                f"content credentials state who made a content, and Label {state.code} says that "
                "this is not known; label it 1, or sign no credentials",
                field="Label",
            )
        propagator = given.get("propagator", self.propagator)
        return ImplicitLabel(
            content_producer=given.get("producer", self.producer),
            produce_id=number,
            attribution=state,
            reserved_code1=given.get("reserved_code", self.reserved_code),
            content_propagator=propagator,
            propagate_id=given.get("propagate_id", None if propagator is None else number),
            origin=self.origin,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Propagating:
    """Write a platform's propagation elements; see :func:`aigc_label.propagate`."""

    propagator: str
    declared: bool = False
    reserved_code: str = ""
    allow_breaking_c2pa: bool = False
    credentials: Signer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """Judge by a profile; see :func:`aigc_label.check`.

    Attributes:
        profile: its name, or its TOML file.
        fail_on: the level that a file fails from, ``None`` for the profile's own.
        declared: the users who published the files say that they are AI-generated.
        only: look at one kind of label only.
        lang: of the messages.
        propagator: the platform whose files they are, where the profile names none.
        trust: where the trust store stands that says whose signatures of labels to believe,
            ``""`` for none; see :class:`aigc_label.TrustStore`.
        trust_on: the day on which the files were seen, as ``2026-03-01``; ``""`` for the day on
            which each is checked.
        c2pa: validate content credentials, which reads the whole of each file.
        c2pa_trust: trust lists to do that by; see :class:`aigc_label.Trust`.
        c2pa_network: fetch for it what stands elsewhere.
    """

    profile: str = "gb45438"
    fail_on: Literal["error", "warning", "note"] | None = None
    declared: bool = False
    only: Literal["implicit", "explicit"] | None = None
    lang: str = "en"
    propagator: str = ""
    trust: str = ""
    trust_on: str = ""
    c2pa: bool = False
    c2pa_trust: tuple[str, ...] = ()
    c2pa_network: bool = False

    def __post_init__(self) -> None:
        """Refuse what would do nothing.

        Raises:
            UsageError: saying what it is about.
        """
        if self.trust_on and not self.trust:
            raise UsageError("a day on which files were seen is about a trust store; name one")
        if (self.c2pa_trust or self.c2pa_network) and not self.c2pa:
            raise UsageError("trust lists and the network are for validating: ask for it (c2pa)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixing:
    """Mend one's own labels; see :func:`aigc_label.fixing.fix`, and :class:`Labelling`."""

    producer: str
    explicit: ExplicitLabel | None = None
    profile: str = "gb45438"
    allow_breaking_c2pa: bool = False
    lang: str = "en"
    sign_key: str = ""
    sign_alg: str = ""


Request: TypeAlias = Labelling | Propagating | Checking | Fixing

KINDS: dict[str, type[Any]] = {
    "label": Labelling,
    "propagate": Propagating,
    "check": Checking,
    "fix": Fixing,
}
ACTIONS = tuple(KINDS)
"""What ``batch run --action`` takes."""


def located(request: Request) -> Request:
    """The request with absolute paths of keys, certificates, profiles, icons and clips."""
    if isinstance(request, (Labelling, Fixing)):
        request = replace(request, sign_key=absolute(request.sign_key))
        if (mark := request.explicit) is not None:
            look, sound = mark.look, mark.sound
            if os.path.isfile(look.icon):
                look = replace(look, icon=absolute(look.icon))
            if os.path.isfile(sound.kind):
                sound = replace(sound, kind=absolute(sound.kind))
            request = replace(request, explicit=replace(mark, look=look, sound=sound))
    if isinstance(request, (Labelling, Propagating)) and request.credentials is not None:
        request = replace(request, credentials=request.credentials.located())
    if isinstance(request, (Checking, Fixing)) and os.path.isfile(request.profile):
        request = replace(request, profile=absolute(request.profile))
    if isinstance(request, Checking):
        lists = tuple(map(absolute, request.c2pa_trust))
        request = replace(request, trust=absolute(request.trust), c2pa_trust=lists)
    return request


def files_of(request: Request) -> tuple[str, ...]:
    """The paths, of a located request, of what whoever works must have at hand."""
    told: list[str] = []
    if isinstance(request, (Labelling, Fixing)):
        told.append(request.sign_key)
        if (mark := request.explicit) is not None:
            told += (mark.look.icon, mark.sound.kind)
    if isinstance(request, (Labelling, Propagating)) and request.credentials is not None:
        told += request.credentials.files
    if isinstance(request, (Checking, Fixing)):
        told.append(request.profile)
    if isinstance(request, Checking):
        told += (request.trust, *request.c2pa_trust)
    return tuple(filter(os.path.isabs, told))


def restored(action: str, told: dict[str, Any]) -> Request:
    """The request that a ledger has kept, by its action and its values."""
    if mark := told.get("explicit"):
        mark["look"], mark["sound"] = Look(**mark["look"]), Sound(**mark["sound"])
        told["explicit"] = ExplicitLabel(**mark)
    if told.get("origin"):
        told["origin"] = Origin(**told["origin"])
    if signer := told.get("credentials"):
        signer["origin"] = signer["origin"] and Origin(**signer["origin"])
        told["credentials"] = Signer(**signer)
    if "attribution" in told:
        told["attribution"] = Attribution(told["attribution"])
    request: Request = KINDS[action](**told)
    return request
