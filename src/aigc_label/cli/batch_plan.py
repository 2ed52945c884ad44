"""From options, a plan's file and the settings to a plan."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from typing import TYPE_CHECKING, Any, get_args

from aigc_label import spelling
from aigc_label.cli import (
    batch_uses,
    config,
    credentials,
    marks,
    origin,
    parsing,
    selection,
    signing,
    terminal,
)
from aigc_label.errors import UsageError
from aigc_label.library.actions import ACTIONS, Checking, Fixing, Labelling, Propagating
from aigc_label.library.plan import Plan
from aigc_label.model import Attribution
from aigc_label.origin import TERMS
from aigc_label.provenance.credentials import Oversight, Training

if TYPE_CHECKING:
    from aigc_label.cli.config import Settings
    from aigc_label.library.actions import Request

_TEXT = (lambda value: isinstance(value, str), "a string")
_TRUTH = (lambda value: isinstance(value, bool), "true or false")
_WORDS = (
    lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "a list of strings",
)
_NUMBER = (
    lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0,
    "a number above 0",
)
_COUNT = (lambda value: type(value) is int and value >= 0, "a whole number")


def _one_of(*words: str) -> tuple[Any, str]:
    return lambda value: value in words, f"one of {', '.join(words)}"


PATHS = (
    *("source", "dest", "ledger", "manifest", "sign-key", "trust"),
    *("c2pa-cert", "c2pa-key", "c2pa-input"),
)
_NOT_HERE = ("register", "json-key")  # of the settings: no batch uses them
KEYS: dict[str, tuple[Any, str]] = {
    **{key: what for key, what in config.KEYS.items() if key not in _NOT_HERE},
    **dict.fromkeys(PATHS, _TEXT),
    "action": _one_of(*ACTIONS),
    "in-place": _TRUTH,
    "include": _WORDS,
    "exclude": _WORDS,
    "since": _TEXT,
    "unlisted": _one_of("skip", "take"),
    "keep-originals": _TRUTH,
    "force": _TRUTH,
    "digest": _one_of("essence", "file", "none"),
    "time-limit": _NUMBER,
    "memory-limit": _NUMBER,
    "retries": _COUNT,
    "engine": _one_of("processes", "dask"),
    "scheduler": _TEXT,
    "label": _one_of("1", "2", "3"),
    "reserved-code": _TEXT,
    "declared": _TRUTH,
    "only": _one_of("implicit", "explicit"),
    "allow-breaking-c2pa": _TRUTH,
    "sign-alg": _one_of(*signing.ALGORITHMS),
    "source-type": _one_of(*TERMS),
    **dict.fromkeys(("c2pa", "c2pa-sidecar", "c2pa-repack", "c2pa-required"), _TRUTH),
    "c2pa-trust": _WORDS,
    "c2pa-network": _TRUTH,
    "trust-on": (lambda value: type(value) is dt.date, "a date such as 2026-11-01"),
    "tsa": _TEXT,
    "c2pa-oversight": _one_of(*get_args(Oversight)),
    "c2pa-training": _one_of(*get_args(Training)),
}
"""What a plan's file may hold: the settings, and these."""


_OF_OTHER_VERBS = (
    *("propagator", "explicit", "sign-alg", "source-type", "reserved-code"),
    *("trust", "trust-on"),
    *(key for key in KEYS if key.startswith("c2pa") or key == "tsa"),
)
"""What is asked of the options alone: a settings file says it of other verbs, or not at all."""


def plan(args: argparse.Namespace) -> Plan:
    """The plan that the options, the plan's file and the settings ask for.

    Raises:
        UsageError: naming what is missing or wrong.
    """
    settings, source, named = _settings(args)
    get = settings.get
    action = get("action", args.action)
    if action is None:
        raise UsageError(f"what shall be done? give --action {'|'.join(ACTIONS)}")
    batch_uses.refuse(action, named, explicit=get("explicit", args.explicit, default=True))
    for name in ("dest", "ledger", "manifest"):
        if getattr(args, name) == "":  # as a variable is that was not set
            raise UsageError(f"--{name} is empty; leave it out, or say which")
    dest, in_place = get("dest", args.dest), get("in-place", args.in_place, default=False)
    if action != "check" and (dest is None) is not in_place:
        raise UsageError("where shall results go? give either --dest DIR or --in-place")
    since = get("since", args.since)
    memory = get("memory-limit", args.memory_limit)
    return Plan(
        request=_request(action, args, settings),
        source=source,
        dest=dest,
        ledger=get("ledger", args.ledger, ""),
        include=tuple(get("include", args.include, ())),
        exclude=tuple(get("exclude", args.exclude, ())),
        ignore="" if args.no_ignore else selection.ignore_file() or "",
        since=None if since is None else _since(since),
        manifest=get("manifest", args.manifest, ""),
        unlisted=get("unlisted", args.unlisted, "skip"),
        keep_originals=get("keep-originals", args.keep_originals, default=False),
        force=get("force", args.force, default=False),
        digest=get("digest", args.digest, "none" if action == "check" else "essence"),
        workers=get("jobs", args.jobs, 0),
        time_limit=get("time-limit", args.time_limit, 3600),
        memory_limit=None if memory is None else int(memory * (1 << 20)),
        retries=get("retries", args.retries, 2),
        engine=get("engine", args.engine, "processes"),
        scheduler=get("scheduler", args.scheduler, ""),
    )


def _settings(args: argparse.Namespace) -> tuple[Settings, str, set[str]]:
    """The settings under those of the plan's file, the source, and which options are given."""
    settings = config.load()
    named = batch_uses.given(vars(args))
    given = list(args.paths)
    values: dict[str, Any] = {}
    if given and given[0].endswith(".toml") and os.path.isfile(given[0]):
        values = _plan_file(given.pop(0))
        for name in _OF_OTHER_VERBS:
            option = name.replace("-", "_")
            if not getattr(args, option) and name in values:
                setattr(args, option, values[name])
    if len(given) > 1:
        raise UsageError(f"one folder at a time, and {terminal.printable(given[1])!r} is another")
    source = given[0] if given else values.pop("source", None)
    if not source:
        raise UsageError("which files? give the folder they are below, or a plan that names it")
    named |= batch_uses.given(values)
    return settings._replace(values={**settings.values, **values}), source, named


def _plan_file(path: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - most runs have no such file

    try:
        with open(path, "rb") as stream:
            found = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None
    for key, value in found.items():
        if key not in KEYS:
            hint = spelling.hint(key, KEYS, "see `aigc-label batch run --help`")
            raise UsageError(f"{path}: no option {key!r}; {hint}")
        fits, what = KEYS[key]
        if not fits(value):
            raise UsageError(f"{path}: {key} must be {what}, not {value!r}")
    folder = os.path.dirname(os.path.abspath(path))
    for key in PATHS:
        if key in found and "://" not in found[key]:
            found[key] = os.path.join(folder, found[key])
    if lists := found.get("c2pa-trust"):
        found["c2pa-trust"] = [os.path.join(folder, each) for each in lists]
    return found


def _request(action: str, args: argparse.Namespace, settings: Settings) -> Request:
    get = settings.get
    explicit = get("explicit", args.explicit)
    breaking = get("allow-breaking-c2pa", args.allow_breaking_c2pa, default=False)
    lang = get("lang", args.lang) or terminal.language()
    profile = get("profile", args.profile, "gb45438")
    if action == "check":
        only = get("only", args.only)
        if explicit is False and only == "explicit":
            raise UsageError("--no-explicit and --only explicit exclude one another; give one")
        if only == "explicit" and args.trust:
            raise UsageError("--trust is about labels in metadata, and --only explicit reads none")
        store = signing.store_place(args, settings)
        return Checking(
            profile=_known(profile),
            fail_on=get("fail-on", args.fail_on),
            declared=get("declared", args.declared, default=False),
            only="implicit" if explicit is False else only,
            lang=lang,
            propagator=get("propagator", args.propagator, ""),
            trust="" if only == "explicit" else store,
            trust_on=args.trust_on.isoformat() if args.trust_on else "",
            c2pa=credentials.validates(args),
            c2pa_trust=tuple(args.c2pa_trust or ()),
            c2pa_network=args.c2pa_network,
        )
    if action == "propagate":
        propagator = get("propagator", args.propagator, "")
        if not propagator:
            raise settings.missing("propagator", "which platform?", also=" or the plan")
        return Propagating(
            propagator=propagator,
            declared=get("declared", args.declared, default=False),
            reserved_code=get("reserved-code", args.reserved_code, ""),
            allow_breaking_c2pa=breaking,
            credentials=credentials.signer(args, settings),
        )
    producer = get("producer", args.producer, "")
    attribution = Attribution.from_code(get("label", args.label, "1")) or Attribution.CONFIRMED
    if not producer and attribution is Attribution.CONFIRMED:
        raise settings.missing("producer", "who made this?", also=" or the plan")
    mark = None if explicit is False else marks.chosen(args, settings)
    if action == "fix":
        return Fixing(
            producer=producer,
            explicit=mark,
            profile=_known(profile),
            allow_breaking_c2pa=breaking,
            lang=lang,
            sign_key=signing.place(args, settings),
            sign_alg=args.sign_alg or "",
        )
    return Labelling(
        producer=producer,
        attribution=attribution,
        reserved_code=get("reserved-code", args.reserved_code, ""),
        propagator=args.propagator,
        explicit=mark,
        insisted=args.explicit is True,
        allow_breaking_c2pa=breaking,
        origin=origin.chosen(args, settings),
        sign_key=signing.place(args, settings),
        sign_alg=args.sign_alg or "",
        credentials=credentials.signer(args, settings),
    )


def _known(profile: str) -> str:
    """A profile's name as it is, a file's absolute; refused now if there is none."""
    from aigc_label import profile as profiles  # noqa: PLC0415 - not where labels are written
    from aigc_label import rules  # noqa: PLC0415 - as above

    rules.validated(profiles.load(profile))
    return os.path.abspath(profile) if os.path.isfile(profile) else profile


def _since(text: str) -> float:
    try:
        return parsing.since(text)
    except argparse.ArgumentTypeError as error:
        raise UsageError(str(error)) from None
