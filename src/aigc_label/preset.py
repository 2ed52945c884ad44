"""Presets: whole explicit labels by name, as data.

A preset is a TOML file whose keys are the attributes of :class:`ExplicitLabel`, with the tables
``[look]`` and ``[sound]`` for those of :class:`Look` and :class:`Sound`::

    description = "What our brand asks for"
    extends = "cn-bold"          # optional: start from another one
    text = "本图由AI生成"
    position = [0.5, 0.92]

    [look]
    ground = "#0a3d62"
"""

from __future__ import annotations

import os
from dataclasses import fields, replace
from functools import cache
from typing import Any, NamedTuple, TypeVar

from aigc_label import spelling
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.explicit_label import ExplicitLabel, Look, Sound

_FOLDER = os.path.join(os.path.dirname(__file__), "presets")
_LARGEST = 1 << 20
_DEEPEST = 8

Part = TypeVar("Part", ExplicitLabel, Look, Sound)


class Preset(NamedTuple):
    """An explicit label and what it is for."""

    name: str
    description: str
    label: ExplicitLabel


@cache
def names() -> tuple[str, ...]:
    """The presets of the package, the default one first."""
    found = (file[:-5] for file in os.listdir(_FOLDER) if file.endswith(".toml"))
    return tuple(sorted(found, key=lambda name: (name != "cn-default", name)))


def load_preset(preset: str | os.PathLike[str]) -> ExplicitLabel:
    """The explicit label of a preset.

    Args:
        preset: the name of one of the package, or the path of a TOML file.

    Raises:
        UsageError: there is no such preset, or it is not TOML, or holds a key that means nothing.
        InvalidLabel: a value that clause 5 or the label does not allow.
        OSError: unwrapped, when its file cannot be read.
    """
    return load(preset).label


def load(preset: str | os.PathLike[str]) -> Preset:
    """A preset with its description; as :func:`load_preset`."""
    if not isinstance(preset, (str, os.PathLike)):
        raise UsageError(f"a preset is given by its name or its path, not as {preset!r}")
    return _found(os.fspath(preset), "", _DEEPEST)


def _found(name: str, folder: str, deepest: int) -> Preset:
    if "." not in name and os.sep not in name:
        if name not in names():
            raise UsageError(
                f"there is no preset {name!r}; {_meant(name, names())} One's own is named by its "
                f"path, e.g. ./{name}.toml"
            )
        path = os.path.join(_FOLDER, f"{name}.toml")
    else:
        path = os.path.join(folder, name)
    if deepest == 0:
        raise UsageError(f"{path}: presets extend one another without end")
    return _parsed(path, deepest)


def _parsed(path: str, deepest: int) -> Preset:
    table = _table(path)
    description = table.pop("description", "")
    base = table.pop("extends", "cn-default")
    if not isinstance(description, str) or not isinstance(base, str):
        raise UsageError(f"{path}: description and extends must be text in quotes")
    label = ExplicitLabel()
    if path != os.path.join(_FOLDER, "cn-default.toml"):
        label = _found(base, os.path.dirname(path), deepest - 1).label
    try:
        if "look" in table:
            _place_icon(table["look"], os.path.dirname(path))
            table["look"] = _changed(label.look, table["look"], f"{path}: [look]")
        if "sound" in table:
            table["sound"] = _changed(label.sound, table["sound"], f"{path}: [sound]")
        label = _changed(label, table, path)
    except InvalidLabel as error:
        raise InvalidLabel(f"{path}: {error}", field=error.field) from None
    return Preset(os.path.splitext(os.path.basename(path))[0], description, label)


def _table(path: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - most labels are asked for without a preset

    try:
        with open(path, "rb") as stream:
            return tomllib.loads(stream.read(_LARGEST).decode("utf-8-sig"))
    except FileNotFoundError:
        raise UsageError(f"there is no preset file {path}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}") from None


def _place_icon(look: object, folder: str) -> None:
    """Name the picture of an icon from the preset's own folder on."""
    icon = look.get("icon") if isinstance(look, dict) else None
    if isinstance(icon, str) and os.path.splitext(icon)[1]:
        look["icon"] = os.path.join(folder, icon)  # type: ignore[index] # it is a dict, as above


def _changed(part: Part, values: object, where: str) -> Part:
    if not isinstance(values, dict):
        raise UsageError(f"{where} must be a table")
    known = tuple(each.name for each in fields(part))
    for key in values:
        if key not in known:
            raise UsageError(f"{where}: no such key: {key!r}; {_meant(key, known)}")
    return replace(part, **values)


def _meant(word: str, known: tuple[str, ...]) -> str:
    return spelling.hint(word, known, f"there is {', '.join(known)}.")
