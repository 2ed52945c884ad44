"""The page of the public Python names: their signatures and docstrings, as Markdown."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Literal, Union, get_origin

import aigc_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = """\
# Python, name by name

What `help()` says of each name; [Python](python.md) has them at a glance. A `Source` is a path,
bytes or a binary stream; a `Target` a path, a binary stream to write to, or `None`; a `Ground` a
source or a Pillow image; `Made` a source, a Pillow image or `Samples`.
"""
_SECTION = re.compile(r"(Args|Attributes|Raises|Returns):")
_EXPLAINED = ("Source", "Target", "Ground", "Made")
_ALIASES = (Literal, Union, UnionType)
_TITLES = ("Raises", "Returns")
_WIDTH = 100


def page() -> str:
    """All of it: functions, then values, then errors."""
    named = [(name, getattr(aigc_label, name)) for name in aigc_label.__all__ if name[0] != "_"]
    functions = [(name, value) for name, value in named if inspect.isfunction(value)]
    classes = [(name, value) for name, value in named if inspect.isclass(value)]
    errors = [(name, value) for name, value in classes if issubclass(value, Exception)]
    parts = [_HEAD, "## Functions\n"]
    for name, value in functions:
        parts += [f"### {name}\n", *_described(name, value)]
    parts += ["## Values\n"]
    for name, value in classes:
        if not issubclass(value, Exception):
            parts += [f"### {name}\n", *_described(name, value), *_members(name, value)]
    parts += ["## Errors\n", "| error | is a | when |", "| --- | --- | --- |"]
    for name, value in errors:
        (of, *_), (when, *_) = value.__bases__, (inspect.getdoc(value) or "").splitlines()
        parts.append(f"| `{name}` | `{of.__name__}` | {_plain(when)} |")
    return "\n".join(parts) + "\n"


def _described(name: str, value: Callable[..., object]) -> Iterator[str]:
    if not (inspect.isclass(value) and issubclass(value, Enum)):
        yield f"```python\n{_signature(name, value)}\n```\n"
    else:
        yield "One of " + ", ".join(f"`{name}.{each.name}`" for each in value) + ".\n"
    yield _doc(inspect.getdoc(value) or "")


def _members(name: str, value: type) -> Iterator[str]:
    """Methods and properties of its own."""
    for key, member in vars(value).items():
        told = getattr(member, "__func__", getattr(member, "fget", member))
        if key.startswith("_") or not inspect.isfunction(told):
            continue
        what = f"{name}.{key}" if isinstance(member, classmethod) else f".{key}"
        shown = f".{key}" if isinstance(member, property) else _signature(what, told)
        yield f"```python\n{shown}\n```\n"
        yield _doc(inspect.getdoc(told) or "")


def _signature(name: str, value: Callable[..., object]) -> str:
    """On one line if it fits, else a line for each parameter."""
    signature = inspect.signature(value)
    shown, star = [], False
    for each in signature.parameters.values():
        if each.name in ("self", "cls") or each.name.startswith("_"):
            continue
        if each.kind is each.KEYWORD_ONLY and not star:
            shown, star = [*shown, "*"], True
        default = "" if each.default is each.empty else f" = {_default(each)}"
        stars = "**" if each.kind is each.VAR_KEYWORD else ""
        written = getattr(each.annotation, "__forward_arg__", each.annotation)
        shown.append(f"{stars}{each.name}: {_spelt_out(written, value)}{default}")
    given = signature.return_annotation
    gives = "" if inspect.isclass(value) else f" -> {_spelt_out(given, value)}"
    line = f"{name}({', '.join(shown)}){gives}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {each}," for each in shown), f"){gives}"])


def _spelt_out(annotation: str, of: Callable[..., object]) -> str:
    """A type, its aliases of words and unions spelt out: whoever reads does not have them."""
    homes = [sys.modules[of.__module__]]
    homes += (module for name, module in sys.modules.items() if name.startswith("aigc_label."))

    def meant(found: re.Match[str]) -> str:
        values = (vars(home).get(found[1]) for home in homes)
        alias = next((each for each in values if get_origin(each) in _ALIASES), None)
        if alias is None or found[1] in _EXPLAINED:
            return found[0]
        words = str(alias).replace("typing.", "")
        return re.sub(r"^Optional\[(.*)\]$", r"\1 | None", words)

    return re.sub(r"(?:judging\.)?\b([A-Z]\w+)", meant, annotation).replace("'", '"')


def _default(of: inspect.Parameter) -> str:
    if isinstance(of.default, Enum):
        return f"{type(of.default).__name__}.{of.default.name}"
    if dataclasses.is_dataclass(of.default):
        return f"{type(of.default).__name__}()"
    if isinstance(of.default, str):
        return json.dumps(of.default, ensure_ascii=False)
    if repr(of.default).startswith("<"):  # made anew each time
        return "{}" if of.annotation.startswith("Mapping") else f"{of.annotation}()"
    return repr(of.default)


def _doc(text: str) -> str:
    """A docstring in Google's style: its sections become lists, its examples code."""
    out: list[str] = []
    for block in _blocks(text):
        if found := _SECTION.fullmatch(block[0]):
            lines = block[1:]
            if found[1] in _TITLES:
                out += [f"{found[1]}:", ""]
            out += (
                [_plain(" ".join(map(str.strip, lines)))]
                if found[1] == "Returns"
                else _listed(lines)
            )
        elif block[0].startswith(">>>"):
            out += ["```pycon", *block, "```"]
        else:
            out += [_plain(line) for line in block]
        out.append("")
    return "\n".join(out)


def _blocks(text: str) -> Iterator[list[str]]:
    """What blank lines part."""
    for block in re.split(r"\n\n+", text.strip()):
        yield block.splitlines()


def _listed(lines: list[str]) -> Iterator[str]:
    """A line for each entry; what is indented further belongs to the one before."""
    for entry in re.split(r"\n {4}(?! )", "\n" + "\n".join(lines))[1:]:
        name, _, said = " ".join(entry.split()).partition(": ")
        yield f"- `{name}`: {_plain(said)}"


def _plain(text: str) -> str:
    """Roles and literals of docstrings, as Markdown has them."""
    text = re.sub(r":\w+:`~?(?:[a-z_]+\.)*([\w.]+)`", r"`\1`", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)
