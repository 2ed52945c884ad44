"""Settings from the environment and from the nearest settings file.

The file is ``aigc-label.toml``, or the table ``[tool.aigc-label]`` of ``pyproject.toml``; the
first one found from the working directory upward counts. An option beats the environment, the
environment beats the file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label import spelling
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _one_of(*words: str) -> tuple[Callable[[Any], bool], str]:
    return lambda value: value in words, f"one of {', '.join(words)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_position(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
    return is_pair or isinstance(value, str)


_TEXT = (lambda value: isinstance(value, str), "a string")
_NUMBER = (_is_number, "a number")
_TRUTH = (lambda value: isinstance(value, bool), "true or false")
_WORDS = (_is_words, "a list of strings")

KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "producer": _TEXT,
    "propagator": _TEXT,
    "profile": _TEXT,
    "sign-key": _TEXT,
    "trust": _TEXT,
    "lang": _one_of("en", "zh"),
    "jobs": (lambda value: type(value) is int and value > 0, "a whole number above 0"),
    "fail-on": _one_of("note", "warning", "error"),
    "explicit": _TRUTH,
    "text": _TEXT,
    "preset": _TEXT,
    "position": (_is_position, "an anchor such as top-left, or two fractions such as [0.5, 0.9]"),
    "height": _NUMBER,
    "style": _TEXT,
    "weight": _TEXT,
    "opacity": _NUMBER,
    "margin": _NUMBER,
    "icon": _TEXT,
    "ink": _TEXT,
    "ground": _TEXT,
    "places": _WORDS,
    "paragraphs": _NUMBER,
    "corner-mark": _TRUTH,
    "seconds": _NUMBER,
    "span": _WORDS,
    "fade": _NUMBER,
    "soft-track": _TRUTH,
    "sound": _TEXT,
    "unit": _NUMBER,
    "pitch": _NUMBER,
    "level": _NUMBER,
    "every": _NUMBER,
    "json-key": _TEXT,
    "c2pa-cert": _TEXT,
    "c2pa-key": _TEXT,
    "c2pa-generator": _TEXT,
    "register": _TEXT,
    "origin": _one_of("created", "edited"),
    "system": _TEXT,
}
"""What a settings file may hold, each under the name of its option: a test, and its words."""

_JSON_KEY = "AIGC_LABEL_JSON_KEY"
ENVIRONMENT = {
    "producer": "AIGC_LABEL_PRODUCER",
    "propagator": "AIGC_LABEL_PROPAGATOR",
    "register": "AIGC_LABEL_REGISTER",
    "sign-key": "AIGC_LABEL_SIGN_KEY",
}
"""Which of them an environment variable may give instead."""


class Settings(NamedTuple):
    """Settings and where they stand.

    Attributes:
        path: the file, or ``None`` if there is none.
        values: its keys and values, of the types in :data:`KEYS`.
    """

    path: str | None
    values: dict[str, Any]

    def get(self, key: str, given: Any = None, default: Any = None) -> Any:
        """The option if given, else the environment's value, else the file's, else the default."""
        if given is not None:
            return given
        if variable := ENVIRONMENT.get(key):
            value = os.environ.get(variable, "")
            if value:
                return value
        return self.values.get(key, default)

    def missing(self, key: str, question: str, what: str = "CODE", also: str = "") -> UsageError:
        """What to say where nobody gave a setting that is needed: the ways to give it.

        Args:
            key: the setting, of which there is also an environment variable.
            question: what is not known without it.
            what: its value, as the help calls it.
            also: where else it may be written.
        """
        return UsageError(
            f"{question} give --{key} {what}, set {ENVIRONMENT[key]}, or write "
            f'{key} = "..." into aigc-label.toml{also}'
        )


def load(folder: str | os.PathLike[str] | None = None) -> Settings:
    """Read the nearest settings file.

    Args:
        folder: where to begin; the working directory if ``None``.

    Raises:
        UsageError: the file is not TOML, or holds a key or a value that means nothing here.
    """
    for place in _upward(os.path.abspath(folder or os.getcwd())):
        for name in ("aigc-label.toml", "pyproject.toml"):
            path = os.path.join(place, name)
            found = _table(path)
            if found is not None:
                values = _checked(found, path)
                if "json-key" in values:  # read where the format is, in every process
                    os.environ.setdefault(_JSON_KEY, values["json-key"])
                return Settings(path, values)
    return Settings(None, {})


def _upward(folder: str) -> Iterator[str]:
    """A folder and those above it, up to the root."""
    above = ""
    while folder != above:
        yield folder
        folder, above = os.path.dirname(folder), folder


def _table(path: str) -> dict[str, Any] | None:
    """The settings in one file; ``None`` if it does not exist or is not about aigc-label."""
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return None  # what stands above the project and cannot be read is none of our business
    ours = os.path.basename(path) == "aigc-label.toml"
    if not ours and b"aigc-label" not in data:
        return None
    import tomllib  # noqa: PLC0415 - 5 ms, and most folders have no settings

    try:
        parsed = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None
    if ours:
        return parsed
    tool = parsed.get("tool")
    table = tool.get("aigc-label") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _checked(table: dict[str, Any], path: str) -> dict[str, Any]:
    for key, value in table.items():
        if key not in KEYS:
            hint = spelling.hint(key, KEYS, f"keys are {', '.join(KEYS)}")
            raise UsageError(f"{path}: no setting {key!r}; {hint}")
        fits, what = KEYS[key]
        if not fits(value):
            raise UsageError(f"{path}: {key} must be {what}, not {value!r}")
    return table
