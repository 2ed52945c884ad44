"""Handing a result over: read back first, and replace only what agrees (law 5)."""

from __future__ import annotations

import io
import os
import stat
from typing import IO, TYPE_CHECKING, NamedTuple, TypeAlias

from aigc_label import output, registry
from aigc_label.asset import open_asset
from aigc_label.edits import replacements
from aigc_label.errors import AssetError, CannotCarry, ReadBackMismatch, UnknownFormat, UsageError
from aigc_label.inspecting import labels_of
from aigc_label.model import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.model import FoundLabel, FoundMark, ImplicitLabel, Inspection, Observation

_WORTH_PATCHING = 4 << 20  # bytes; smaller files are copied as fast as a journal is flushed
_WORTH_COMPARING = 1 << 20  # bytes; of larger files less is read to parse them once more

BESIDE = ".c2pa"
"""What the name of a file ends in that holds the content credentials of the file beside it."""

Target: TypeAlias = str | os.PathLike[str] | IO[bytes] | None
"""Where a result goes: a path, a writable binary stream, or ``None`` for bytes in the result."""


class Result(NamedTuple):
    """A result not yet delivered.

    Attributes:
        source: the asset as it was.
        edited: the asset to write; ``source`` itself when there is nothing to change.
        fmt: the format both are read with.
        implicit: the only label that ``edited`` must bear, ``None`` if none was asked for.
        seen: what was read from ``edited``.
        mark: the explicit label that it bears, if one was asked for.
    """

    source: Asset
    edited: Asset
    fmt: Format
    implicit: ImplicitLabel | None
    seen: Inspection
    mark: FoundMark | None = None


class Draft(NamedTuple):
    """A write that is complete but for content credentials.

    Attributes:
        source: the asset as it was received.
        edited: with its labels; ``source`` itself where nothing changed.
        fmt: the format of both.
        before: what was read from ``source``.
        implicit: the only label that ``edited`` must bear, ``None`` if none was asked for.
        mark: the explicit label that it bears, if one was asked for.
        marked: whether that one was drawn now.
        platform: who propagates it; ``""`` when its producer labels it.
    """

    source: Asset
    edited: Asset
    fmt: Format
    before: Sequence[Observation]
    implicit: ImplicitLabel | None
    mark: FoundMark | None = None
    marked: bool = False
    platform: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything was written yet."""
        return self.edited is not self.source


def refuse_beside(to: Target, *, allowed: bool) -> None:
    """Refuse to change a file whose content credentials stand in a file beside it.

    Raises:
        CannotCarry: they would no longer match, and that was not allowed.
    """
    if allowed or not isinstance(to, (str, os.PathLike)):
        return
    beside = os.fspath(to) + BESIDE
    if os.path.lexists(beside):
        raise CannotCarry(
            f"content credentials stand beside it ({os.path.basename(beside)}), and any write "
            "breaks them; move that file away, or allow it (--allow-breaking-c2pa)"
        )


def refuse_target(source: object, to: object) -> None:
    """Refuse a target that cannot be, before any work is done.

    Raises:
        UsageError: it is neither path nor binary stream; or it is a stream on the source, which
            would be overwritten while it is read.
    """
    if to is None or isinstance(to, (str, os.PathLike)):
        return
    if not hasattr(to, "write") or isinstance(to, io.TextIOBase):
        raise UsageError(f"to must be a path or a binary stream, not {type(to).__name__}")
    if to is source or _is_same_file(source, to):
        raise UsageError(
            "a stream cannot be replaced by its own result; give its path as `to`, or another "
            "stream"
        )


def _is_same_file(source: object, to: object) -> bool:
    try:
        there = os.fstat(to.fileno())  # type: ignore[attr-defined] # that is the question
        if isinstance(source, (str, os.PathLike)):
            here = os.stat(source)
        else:
            here = os.fstat(source.fileno())  # type: ignore[attr-defined] # as above
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISREG(there.st_mode) and os.path.samestat(here, there)


def deliver(result: Result, to: Target, notes: list[str], *, dry_run: bool) -> Written:
    """Write a result to its target and say what was done.

    Raises:
        ReadBackMismatch: if what was written does not read back; the target was not replaced.
        OSError: unwrapped.
    """
    changed = result.edited is not result.source
    target = data = None
    if result.seen.problem is not None and result.implicit is not None:
        raise result.seen.problem
    carrier = _agreed(result, result.seen.format, result.seen.labels)
    if dry_run:
        pass
    elif to is None:
        buffer = io.BytesIO()
        result.edited.copy_to(buffer, 0, result.edited.size)
        data = buffer.getvalue()
        verify(result, open_asset(data, name=result.source.name))
    elif isinstance(to, (str, os.PathLike)):
        from pathlib import Path  # noqa: PLC0415 - reading does not need it

        target = Path(to)
        if changed or not _same_file(result.source.path, to):
            _write(result, os.fspath(to))
    else:
        result.edited.copy_to(to, 0, result.edited.size)
    return Written(
        source=result.source.name,
        format=result.fmt.id,
        changed=changed,
        target=target,
        data=data,
        label=result.implicit,
        carrier=carrier,
        mark=result.mark,
        dry_run=dry_run,
        notes=tuple(notes),
    )


def _same_file(path: str | None, target: str | os.PathLike[str]) -> bool:
    try:
        return path is not None and os.path.samefile(path, target)
    except OSError:
        return False


def _write(result: Result, target: str) -> None:
    """Stage, read back, and only then replace (law 5)."""
    if _patched(result, target):
        return
    # A journal would outlive what is replaced now.
    with output.staged(target, like=result.source.path, complete=_recover) as staged:
        _fill(result, staged)
        if result.source.has_changed():
            raise AssetError(
                "it changed while it was worked on, by somebody else; nothing was replaced; try "
                "again once it rests"
            )
        staged.commit()


def _fill(result: Result, staged: output.Staged) -> None:
    """Write the result, and read it back.

    Of a small one it is enough that the disk holds, byte for byte, what was read and agreed before.
    """
    size = result.edited.size
    if size <= _WORTH_COMPARING:
        data = result.edited.read(0, size)
        staged.fill(data)
        if staged.holds(data):
            return
    else:
        result.edited.copy_to(staged.file, 0, size)
        staged.file.flush()
    with open_asset(staged.path, name=result.source.name) as written:
        if written.size != size:
            raise ReadBackMismatch(
                f"{written.size} bytes stand on the disk where {size} were written; nothing was "
                "replaced"
            )
        verify(result, written)


def complete_patch(source: object) -> None:
    """Complete what a killed run began to patch in a file, before anybody relies on what it says.

    Raises:
        AssetError: another run is writing the file at this moment.
        OSError: unwrapped.
    """
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        if isinstance(path, str) and "\0" not in path and output.journal_of(path) is not None:
            _recover(path)


def _recover(path: str) -> None:
    from aigc_label import journal  # noqa: PLC0415 - there hardly ever is one

    journal.recover(path)


def _patched(result: Result, target: str) -> bool:
    """Write a small change of a large file into the file itself, if it is all that is asked for.

    That is the update of a label within its own room: kilobytes of a film of gigabytes.
    """
    path = result.source.path
    if path is None or result.source.size < _WORTH_PATCHING or not _same_file(path, target):
        return False
    from aigc_label import journal  # noqa: PLC0415 - a small file, or a new one, has no need of it

    splices = replacements(result.edited, result.source, journal.LARGEST)
    if splices is None or not journal.suits(path):
        return False

    def agrees() -> None:
        with open_asset(path, name=result.source.name) as written:
            verify(result, written)

    journal.patch(path, splices, agrees)
    return True


def verify(result: Result, written: Asset) -> str | None:
    """Read the result back with the same format; return where the label stands.

    Raises:
        ReadBackMismatch: if it is not exactly one label, equal to the one asked for, or the file
            would be taken for another format, or for none.
    """
    try:
        fmt = registry.identify(written)
    except UnknownFormat:
        return _agreed(result, None, ())
    known = fmt is result.fmt and result.implicit is not None
    return _agreed(result, fmt.id, labels_of(fmt, written) if known else ())


def _agreed(result: Result, format_id: str | None, found: Sequence[FoundLabel]) -> str | None:
    if format_id != result.fmt.id:
        raise ReadBackMismatch(
            f"the result would not be recognised as {result.fmt.id}; nothing was replaced; "
            "please report this file"
        )
    if result.implicit is None:
        return None
    if len(found) == 1 and bears(found[0], result.implicit, result.fmt):
        return found[0].carrier
    shown = ", ".join(f"{f.carrier} {dict(f.fields)}" for f in found) or "none"
    raise ReadBackMismatch(
        f"the label did not read back ({len(found)} found: {shown[:300]}); nothing was replaced; "
        "please report this file"
    )


def bears(found: FoundLabel, implicit: ImplicitLabel, fmt: Format) -> bool:
    """Whether a found label is exactly that one, in its place and written as Annex E asks."""
    return (
        (found.home or found.carrier in fmt.places)
        and dict(found.fields) == implicit.fields
        and found.quirks in ((), ("wrapped",))
    )
