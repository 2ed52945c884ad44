"""What a run shall do, as a value that is kept in the ledger, so that a run can be resumed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.explicit_label import ExplicitLabel, Look, Sound
from aigc_label.library import ledger as ledgers
from aigc_label.library.signing import Signer
from aigc_label.library.urls import refuse_secrets
from aigc_label.model import Attribution, ImplicitLabel
from aigc_label.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

Digest: TypeAlias = Literal["essence", "file", "none"]

ORIGINALS = ".aigc-label-originals"
"""The folder beside the ledger that former bytes are kept in."""


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
    """

    profile: str = "gb45438"
    fail_on: Literal["error", "warning", "note"] | None = None
    declared: bool = False
    only: Literal["implicit", "explicit"] | None = None
    lang: str = "en"


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

_ACTIONS: dict[str, type[Any]] = {
    "label": Labelling,
    "propagate": Propagating,
    "check": Checking,
    "fix": Fixing,
}
ACTIONS = tuple(_ACTIONS)
"""What ``batch run --action`` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run shall do.

    Attributes:
        request: what is done with each file.
        source: the folder, or the URL of a store.
        dest: where results go, under the same paths; ``None`` to replace the files in place, and
            for a check.
        ledger: the ledger's file, ``""`` for :data:`~aigc_label.library.ledger.NAME` in the
            destination, or else in the source.
        include: patterns of wanted files, as in ``.gitignore``; empty for all.
        exclude: patterns of files and folders that are left out.
        ignore: a file of patterns that are left out, counted from its own folder; ``""`` for none.
        since: seconds since the epoch; older files are left out.
        manifest: a CSV, JSON Lines or SQLite file with metadata for each file, ``""`` for none.
        unlisted: what becomes of files that the manifest does not name: ``"skip"``, or ``"take"``
            for doing what is done without one.
        keep_originals: keep the former bytes of what is replaced, for ``undo``.
        force: replace files of the destination that are not ours.
        digest: by what duplicates are told: the ``"essence"`` (the content without its metadata,
            where the format tells it; else the file), the ``"file"``, or ``"none"``.
        workers: processes, 0 for as many as there are processors.
        time_limit: seconds that one file may take, ``None`` for no limit.
        memory_limit: bytes that the work on one file may take, ``None`` for no limit.
        retries: how often a file is tried again after an error that may pass.
        engine: who does the work: ``"processes"`` of this machine, or the workers of ``"dask"``.
        scheduler: Dask's, as ``"tcp://HOST:PORT"``; ``""`` for a cluster on this machine.
    """

    request: Request
    source: str
    dest: str | None = None
    ledger: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    ignore: str = ""
    since: float | None = None
    manifest: str = ""
    unlisted: Literal["skip", "take"] = "skip"
    keep_originals: bool = False
    force: bool = False
    digest: Digest = "essence"
    workers: int = 0
    time_limit: float | None = None
    memory_limit: int | None = None
    retries: int = 2
    engine: Literal["processes", "dask"] = "processes"
    scheduler: str = ""

    def __post_init__(self) -> None:
        if self.scheduler and self.engine != "dask":
            raise UsageError("a scheduler is Dask's; give --engine dask with it")
        if self.action == "check" and self.dest is not None:
            raise UsageError("a check writes no files; leave the destination out")
        if self.keep_originals and not self.in_place:
            raise UsageError("originals are kept where files are replaced: in place only")
        signer = self.signer
        if signer is not None:
            refuse_secrets(signer.tsa)
            if signer.sidecar and self.keep_originals:
                raise UsageError(
                    "originals are kept of the files alone, not of credentials beside them; give "
                    "--dest, or put the credentials into the files"
                )
        if isinstance(self.request, Labelling):
            try:
                self.request.implicit("0", {})
            except InvalidLabel as error:
                raise UsageError(str(error)) from None

    @property
    def action(self) -> str:
        """One of :data:`ACTIONS`."""
        return next(name for name, kind in _ACTIONS.items() if isinstance(self.request, kind))

    @property
    def writes(self) -> bool:
        """Whether files are written."""
        return not isinstance(self.request, Checking)

    @property
    def in_place(self) -> bool:
        """Whether files are replaced by their results."""
        return self.writes and self.dest is None

    @property
    def signer(self) -> Signer | None:
        """Who signs content credentials."""
        return getattr(self.request, "credentials", None)

    @property
    def ledger_path(self) -> str:
        """Where the ledger stands."""
        return self.ledger or os.path.join(self.dest or self.source, ledgers.NAME)

    @property
    def originals(self) -> str:
        """The folder that former bytes are kept in."""
        if "://" in self.ledger_path:
            return os.path.join(self.source, ORIGINALS)
        return os.path.join(os.path.dirname(os.path.abspath(self.ledger_path)), ORIGINALS)

    @property
    def identity(self) -> str:
        """What every run on one ledger must share, as JSON: what is done, and with which files."""
        return _json({"source": self.source, "dest": self.dest, "request": _plain(self.request)})

    def absolute(self) -> Plan:
        """The same with absolute paths, so that it means the same from any folder."""
        return replace(
            self,
            request=_located(self.request),
            source=_absolute(self.source),
            dest=None if self.dest is None else _absolute(self.dest),
            ledger=_absolute(self.ledger_path),
            ignore=_absolute(self.ignore),
            manifest=_absolute(self.manifest),
        )

    def to_json(self) -> str:
        """The plan as the ledger keeps it."""
        return _json({"action": self.action, **_plain(self)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that a ledger has kept.

        Raises:
            UsageError: it is none that this version understands.
        """
        try:
            told = json.loads(text)
            kind = _ACTIONS[told.pop("action")]
            told["request"] = kind(**_request(told["request"]))
            return cls(**{key: _tuples(value) for key, value in told.items()})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(
                f"the ledger keeps a plan of another version of aigc-label ({error}); give the "
                "options again with `aigc-label batch run`"
            ) from None


def differences(ours: str, theirs: str) -> str:
    """What two identities differ in, for a message: ``"producer ('A', now 'B')"``.

    An option that a former version did not know is as one that is not given.
    """
    before, now = _flat(json.loads(theirs)), _flat(json.loads(ours))
    return ", ".join(
        f"{key.rpartition('.')[2]} ({before.get(key)!r}, now {now.get(key)!r})"
        for key in sorted(before.keys() | now.keys())
        if (before.get(key) or None) != (now.get(key) or None)
    )


def _absolute(path: str) -> str:
    return path if not path or "://" in path else os.path.abspath(path)


def _located(request: Request) -> Request:
    """The request with absolute paths of keys, certificates, icons and clips."""
    if isinstance(request, (Labelling, Fixing)):
        request = replace(request, sign_key=_absolute(request.sign_key))
        if (mark := request.explicit) is not None:
            look, sound = mark.look, mark.sound
            if os.path.isfile(look.icon):
                look = replace(look, icon=_absolute(look.icon))
            if os.path.isfile(sound.kind):
                sound = replace(sound, kind=_absolute(sound.kind))
            request = replace(request, explicit=replace(mark, look=look, sound=sound))
    if isinstance(request, (Labelling, Propagating)) and (signer := request.credentials):
        request = replace(request, credentials=signer.located(_absolute))
    return request


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True)


def _plain(value: Any) -> dict[str, Any]:
    return {**asdict(value)}


def _request(told: dict[str, Any]) -> dict[str, Any]:
    if told.get("explicit"):
        mark = {key: _tuples(value) for key, value in told["explicit"].items()}
        mark["look"], mark["sound"] = Look(**mark["look"]), Sound(**mark["sound"])
        known = {each.name for each in fields(ExplicitLabel)}
        told["explicit"] = ExplicitLabel(**{k: v for k, v in mark.items() if k in known})
    if told.get("origin"):
        told["origin"] = Origin(**told["origin"])
    if signer := told.get("credentials"):
        signer["origin"] = signer["origin"] and Origin(**signer["origin"])
        told["credentials"] = Signer(**signer)
    if "attribution" in told:
        told["attribution"] = Attribution(told["attribution"])
    return told


def _tuples(value: Any) -> Any:
    """Lists, which JSON makes of tuples, as tuples again."""
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    return {
        key: each
        for part, inner in value.items()
        for key, each in _flat(inner, f"{name}.{part}").items()
    }
