"""Single files named by their URLs: ``s3://bucket/key`` and what else fsspec opens."""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING

from aigc_label import output
from aigc_label.errors import UsageError
from aigc_label.library.urls import masked, scheme_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.cli.outputs import Task
    from aigc_label.library.store import Store
    from aigc_label.model import Written


def is_url(path: str | None) -> bool:
    """Whether a path is a URL rather than the name of a file."""
    return path is not None and "://" in path


@contextlib.contextmanager
def reading(url: str) -> Iterator[IO[bytes]]:
    """A URL's bytes, of which only what is read is fetched.

    Raises:
        UsageError: it names no file, or nobody knows such URLs.
        OSError: it cannot be had.
    """
    store, key = _parted(url)
    with store.reading(key) as stream:
        assert not isinstance(stream, str)  # noqa: S101 - URLs are no folders
        yield stream


def carried(work: Callable[[Task], Written], task: Task, *, force: bool) -> Written:
    """Work on files of this disk in the place of URLs, and send the result where it belongs."""
    import shutil  # noqa: PLC0415 - most files stand on disks

    with contextlib.ExitStack() as open_ones:
        source, target = task.source, task.target
        if is_url(source):
            scratch = open_ones.enter_context(output.scratch())
            source = str(scratch(os.path.basename(shown(task.source))))
            with reading(task.source) as stream, open(source, "wb") as file:
                shutil.copyfileobj(stream, file, 1 << 20)
        if target is not None and is_url(target):
            store, key = _parted(target)
            in_place = target == task.source
            replaces = store.look(key) if in_place else None
            place = store.writing(key, replaces=replaces, force=force and not in_place)
            made = open_ones.enter_context(place)
            assert isinstance(made, str)  # noqa: S101 - results are made on this disk
            target = made
        return work(task._replace(source=source, target=target))


def _parted(url: str) -> tuple[Store, bytes]:
    """The store that a URL's file stands in, and its key there."""
    from aigc_label.library.store import open_store  # noqa: PLC0415 - as above

    first, chain, rest = url.partition("::")
    signed = scheme_of(first) in ("http", "https")
    plain, mark, query = first.partition("?") if signed else (first, "", "")
    folder, _, name = plain.rpartition("/")
    if folder.endswith(":/"):  # nothing but the scheme stands before the name
        folder += "/"
        if not chain and not folder.startswith("memory"):
            name = ""
    if not name:
        raise UsageError(
            f"{masked(url)} names no file; `aigc-label batch run` takes all that is below a URL"
        )
    return open_store(folder + chain + rest), os.fsencode(name + mark + query)
