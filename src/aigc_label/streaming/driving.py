"""Items through an engine, from a source that is iterated and from one that is awaited."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

T = TypeVar("T")


class Engine(Protocol[T]):
    """What turns items into items, and knows nothing of where they come from."""

    @property
    def settled(self) -> bool:
        """Whether nothing more will be added: all other items pass as they are."""
        ...

    def feed(self, item: T) -> Iterable[T]:
        """What to hand on now that ``item`` has come."""
        ...

    def close(self) -> Iterable[T]:
        """What to hand on at the end."""
        ...


def drive(source: Iterable[T] | AsyncIterable[T], engine: Engine[T]) -> Any:
    """An iterator, or an asynchronous one for an asynchronous source.

    Whatever ends the iteration early (an exception of the source, ``close()``, a cancelled task)
    passes through, and the source is closed if it can be.
    """
    return (
        _awaited(source, engine) if isinstance(source, AsyncIterable) else _pulled(source, engine)
    )


def _pulled(source: Iterable[T], engine: Engine[T]) -> Iterator[T]:
    iterator = iter(source)
    try:
        for item in iterator:
            yield from engine.feed(item)
            if engine.settled:
                yield from iterator
                return
        yield from engine.close()
    except BaseException:
        if (close := getattr(iterator, "close", None)) is not None:
            close()
        raise


async def _awaited(source: AsyncIterable[T], engine: Engine[T]) -> AsyncIterator[T]:
    iterator = aiter(source)
    try:
        async for item in iterator:
            if engine.settled:
                yield item
                continue
            for out in engine.feed(item):
                yield out
        for out in engine.close():
            yield out
    except BaseException:
        close = getattr(iterator, "aclose", None) or getattr(iterator, "close", None)
        if close is not None and inspect.isawaitable(closing := close()):
            await closing
        raise
