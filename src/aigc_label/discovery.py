"""All values of one type in the modules of one package: how every list here is found."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


def values(package: str, kind: type[T]) -> Iterator[T]:
    """Yield every module-level ``kind`` defined in the modules of ``package``, by module name.

    A value imported by a second module is yielded once.
    """
    seen: set[int] = set()
    root = importlib.import_module(package)
    for name in sorted(info.name for info in pkgutil.iter_modules(root.__path__)):
        module = importlib.import_module(f"{package}.{name}")
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value
