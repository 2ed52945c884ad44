"""Profiles: which rules are asked about, at what level, and from which level on a file fails.

A profile is a TOML file::

    id = "ours"
    title = "What our desk asks for"
    extends = "gb45438"          # optional: start from another profile's rules
    fail_on = "warning"          # the level from which a file fails; "error" by default
    propagator = "ExamplePlatform"  # optional: who has to stand in outgoing labels

    [rules]
    "implicit.*" = "on"          # at each rule's own level
    "implicit.charset" = "note"  # at this level
    "implicit.elsewhere" = "off"

    [homes]                      # formats for which no guide names a place for the label
    "*" = false                  # a label in our place is noted
    "epub" = true                # there it is at home: our desk decided so

Of several patterns that match a rule, the longest counts. A rule that no pattern matches is off.
"""

from __future__ import annotations

import os
from collections.abc import Mapping  # noqa: TC003 - dataclass fields
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from aigc_label import spelling
from aigc_label.errors import InvalidProfile

if TYPE_CHECKING:
    from aigc_label.model import Finding

Setting: TypeAlias = Literal["on", "error", "warning", "note"] | None
"""``"on"`` is the rule's own level, a level replaces it, ``None`` is off."""

FailOn: TypeAlias = Literal["error", "warning", "note"]

DEFAULT = "gb45438"

_FOLDER = os.path.join(os.path.dirname(__file__), "profiles")
_KEYS = ("id", "title", "description", "extends", "fail_on", "propagator", "rules", "homes")
_SETTINGS = ("on", "off", "error", "warning", "note")
_RANKS = {"none": 0, "note": 1, "warning": 2, "error": 3}
_LARGEST = 1 << 20
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A way to judge: data, validated.

    Attributes:
        id: short name, as reports give it.
        title: a few words.
        description: what it is for.
        fail_on: a finding of kind ``fail`` fails the file from this level on.
        rules: settings by rule id or pattern, e.g. ``implicit.*``.
        homes: by format id or pattern: whether a place of ours counts as the label's home, in
            formats for which no guide names one.
        propagator: the platform whose elements outgoing labels must bear; any if empty.
        origins: by key (``fail_on``, ``propagator``, ``rules.PATTERN``, ``homes.PATTERN``), the id
            of the profile whose file says it.
        path: where it was read from, for messages.
    """

    id: str
    title: str
    rules: Mapping[str, Setting]
    description: str = ""
    fail_on: FailOn = "error"
    homes: Mapping[str, bool] = field(default_factory=dict)
    propagator: str = ""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    path: str = ""

    def __post_init__(self) -> None:
        if not self.rules:
            raise InvalidProfile(
                f"profile {self.id!r} names no rule, so it could only pass", path=self.path
            )
        object.__setattr__(self, "rules", MappingProxyType(dict(self.rules)))
        object.__setattr__(self, "homes", MappingProxyType(dict(self.homes)))
        object.__setattr__(self, "origins", MappingProxyType(dict(self.origins)))

    def __hash__(self) -> int:
        """By name only, as the settings are a mapping; equality compares everything."""
        return hash((self.id, self.path, self.fail_on))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by value: the read-only view of the rules cannot cross processes by itself."""
        state = {each.name: getattr(self, each.name) for each in fields(self)}
        plain = {name: dict(state[name]) for name in ("rules", "homes", "origins")}
        return (_rebuilt, ({**state, **plain},))

    @staticmethod
    def matches(pattern: str, rule_id: str) -> bool:
        """Whether a pattern, in which ``*`` stands for anything, names a rule."""
        return pattern == rule_id or fnmatchcase(rule_id, pattern)

    def setting(self, rule_id: str) -> Setting:
        """What the profile says about one rule; ``None`` where it is off or not named."""
        found = self.pattern(rule_id)
        return None if found is None else self.rules[found]

    def pattern(self, rule_id: str) -> str | None:
        """The pattern that counts for a rule; ``None`` where none matches."""
        if rule_id in self.rules:
            return rule_id
        found = [pattern for pattern in self.rules if fnmatchcase(rule_id, pattern)]
        return max(found, key=len) if found else None

    def is_home(self, format_id: str) -> bool:
        """Whether a label in our place counts as being at home in that format."""
        found = [pattern for pattern in self.homes if fnmatchcase(format_id, pattern)]
        return self.homes[max(found, key=len)] if found else False

    def fails(self, finding: Finding) -> bool:
        """Whether this finding makes the file fail."""
        return finding.kind == "fail" and _RANKS[finding.level] >= _RANKS[self.fail_on]


def _rebuilt(state: dict[str, Any]) -> Profile:
    return Profile(**state)


def names() -> tuple[str, ...]:
    """The built-in profiles."""
    files = os.listdir(_FOLDER)
    return tuple(sorted(file[:-5] for file in files if file.endswith(".toml")))


def load(profile: str | os.PathLike[str] | Profile = DEFAULT) -> Profile:
    """A built-in profile by its name, or one's own by the path of its TOML file.

    A profile that is already loaded comes back as it is. That every id in it names a rule is
    checked by :func:`aigc_label.rules.validated`, which knows the rules.

    Raises:
        InvalidProfile: it does not exist, is empty or has a mistake; ``path`` says which.
        OSError: unwrapped, when its file cannot be read.
    """
    if isinstance(profile, Profile):
        return profile
    if not isinstance(profile, (str, os.PathLike)):
        raise InvalidProfile(
            f"a profile is given by its name, its path or as a Profile, not as {profile!r}",
            path=repr(profile),
        )
    name = os.fspath(profile)
    if "." not in name and os.sep not in name:
        return _built_in(name)
    if not os.path.isfile(name):
        raise InvalidProfile(f"there is no profile file {name}", path=name)
    stamp = os.stat(name)
    return _from_file(os.path.realpath(name), name, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=16)
def _built_in(name: str) -> Profile:
    known = names()
    if name not in known:
        hint = spelling.hint(name, known, f"there is {', '.join(known)}.")
        raise InvalidProfile(
            f"there is no profile {name!r}; {hint} One's own is named by its path, "
            f"e.g. ./{name}.toml",
            path=name,
        )
    return _parsed(_bytes_of(os.path.join(_FOLDER, f"{name}.toml")), name, depth=0)


@lru_cache(maxsize=16)
def _from_file(resolved: str, name: str, _modified: int, size: int) -> Profile:
    if size > _LARGEST:
        raise InvalidProfile(f"{name}: {size} bytes are too many for a profile", path=name)
    return _parsed(_bytes_of(resolved), name, depth=0)


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(_LARGEST)


def _parsed(data: bytes, path: str, *, depth: int) -> Profile:
    table = _table(data, path)
    _refuse_unknown(table, _KEYS, "key", path)
    if not isinstance(rules := table.get("rules", {}), dict):
        raise InvalidProfile(f"{path}: rules must be a table", path=path)
    settings = {pattern: _setting(pattern, value, path) for pattern, value in rules.items()}
    homes = _homes(table, path)
    fail_on, propagator = (_text(table, key, path) for key in ("fail_on", "propagator"))
    name = _text(table, "id", path) or os.path.splitext(os.path.basename(path))[0]
    origins = {f"rules.{pattern}": name for pattern in settings}
    origins |= {f"homes.{pattern}": name for pattern in homes}
    origins |= {key: name for key in ("fail_on", "propagator") if table.get(key)}
    if (base := _text(table, "extends", path)) != "":
        parent = _parent(base, path, depth)
        settings = {**parent.rules, **settings}
        homes = {**parent.homes, **homes}
        origins = {**parent.origins, **origins}
        fail_on = fail_on or parent.fail_on
        propagator = propagator or parent.propagator
    if (fail_on := fail_on or "error") not in ("error", "warning", "note"):
        raise InvalidProfile(
            f"{path}: fail_on must be error, warning or note, not {fail_on!r}", path=path
        )
    return Profile(
        id=name,
        title=_text(table, "title", path) or name,
        description=_text(table, "description", path),
        fail_on=cast("FailOn", fail_on),
        rules=settings,
        homes=homes,
        propagator=propagator,
        origins=origins,
        path=path,
    )


def _table(data: bytes, path: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - a profile handed over ready-made needs no parser

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidProfile(f"{path} is not TOML: {error}", path=path) from None


def _parent(base: str, path: str, depth: int) -> Profile:
    if depth >= _DEEPEST:
        raise InvalidProfile(f"{path}: profiles extend one another without end", path=path)
    if "." not in base and os.sep not in base:
        return _built_in(base)
    file = os.path.join(os.path.dirname(path), base)
    if not os.path.isfile(file):
        raise InvalidProfile(f"{path}: it extends {base}, which does not exist", path=path)
    return _parsed(_bytes_of(file), file, depth=depth + 1)


def _setting(pattern: str, value: object, path: str) -> Setting:
    if not isinstance(value, str):
        raise InvalidProfile(
            f'{path}: rules."{pattern}" must be one of {", ".join(_SETTINGS)}, in quotes',
            path=path,
        )
    _refuse_unknown([value], _SETTINGS, f'setting of rules."{pattern}"', path)
    return None if value == "off" else cast("Setting", value)


def _homes(table: dict[str, Any], path: str) -> dict[str, bool]:
    homes = table.get("homes", {})
    if not isinstance(homes, dict) or not all(isinstance(value, bool) for value in homes.values()):
        raise InvalidProfile(f"{path}: homes must be a table of true and false", path=path)
    return homes


def _text(table: dict[str, Any], key: str, path: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise InvalidProfile(f"{path}: {key} must be text in quotes", path=path)
    return value


def _refuse_unknown(
    found: list[str] | dict[str, Any], known: tuple[str, ...], what: str, path: str
) -> None:
    for word in found:
        if word not in known:
            hint = spelling.hint(word, known, f"there are {', '.join(known)}")
            raise InvalidProfile(f"{path}: no such {what}: {word!r}; {hint}", path=path)
