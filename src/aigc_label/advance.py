"""How far long work has come, told to whoever listens: a library must not print."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Listener: TypeAlias = Callable[[float, float], object]

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def told(listener: Listener) -> Iterator[None]:
    """Within this, tell a function how far each encoding of a film has come.

    Args:
        listener: called now and then, in the same thread, with the seconds of the film that are
            encoded and those that it has. Other processes do not tell.
    """
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def listener() -> Listener | None:
    """Who listens here, if anybody."""
    return _LISTENER.get()
