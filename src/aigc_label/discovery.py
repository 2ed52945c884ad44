"""All values of one type in the modules of one package: how every list here is found."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


def values(package: str, kind: type[T], *, first: str = "", only: str = "") -> Iterator[T]:
    """Yield every module-level ``kind`` defined in the modules of ``package``, by module name.

    A value imported by a second module is yielded once. Modules are imported as they are reached,
    so who stops at what it looks for pays for no more.

    Args:
        package: its dotted name.
        kind: the type of the values.
        first: a module to begin with, if it is there.
        only: what the modules' names begin with.
    """
    seen: set[int] = set()
    root = importlib.import_module(package)
    found = (info.name for info in pkgutil.iter_modules(root.__path__))
    names = (name for name in found if name.startswith(only))
    for name in sorted(names, key=lambda name: (name != first, name)):
        module = importlib.import_module(f"{package}.{name}")
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value
