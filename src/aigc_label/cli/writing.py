"""What ``label`` and ``propagate`` share: outputs, the loop over files, what is said of each."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from aigc_label import batch, registry
from aigc_label.cli import config, failures, paths, selection, terminal, urls
from aigc_label.cli.outputs import Outputs, Task
from aigc_label.cli.progress import Bar
from aigc_label.errors import NoPlace, UnknownFormat, UsageError
from aigc_label.library.urls import shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from aigc_label.batch import Outcome
    from aigc_label.model import Written

UNKNOWN = "skipped (unknown formats)"
_NO_PLACE = "skipped (formats without a place for an implicit label)"
_HEAVY = 4 << 20
"""Bytes of pictures, sound and video from which marking them pays for starting processes."""


def outputs(args: argparse.Namespace) -> Outputs:
    """The output options.

    Raises:
        UsageError: none or more than one was given.
    """
    return Outputs(
        file=args.output,
        folder=args.output_dir,
        in_place=args.in_place,
        force=args.force,
        dry_run=args.dry_run,
    )


def tasks(args: argparse.Namespace) -> list[Task]:
    """The files to write, every collision of outputs ruled out before any is touched.

    Raises:
        UsageError: as :func:`paths.expand` and :meth:`Outputs.targets`.
    """
    chosen = outputs(args)
    wanted = selection.select(args)
    found = list(
        paths.expand(
            selection.named(args),
            recursive=args.recursive,
            skip=chosen.folder,
            selection=wanted,
        )
    )
    selection.said(wanted, args)
    inputs = [item for item in found if not paths.is_data(item)]
    if len(inputs) < len(found) and not args.quiet:
        left = terminal.counted(len(found) - len(inputs), "data file")
        terminal.complain(f"left {left} alone; name them to write into them")
    return [
        Task(item.path, target, item.below is not None) for item, target in chosen.targets(inputs)
    ]


def refuse_number(todo: Sequence[Task], args: argparse.Namespace, *options: str) -> None:
    """Refuse a number of one content where there are several files.

    Raises:
        UsageError: naming the option.
    """
    for option in options:
        if len(todo) > 1 and getattr(args, option) is not None:
            raise UsageError(
                f"--{option.replace('_', '-')} numbers one content, and there are {len(todo)} "
                "files; leave it out for a UUID each"
            )


def carry_out(
    todo: Sequence[Task],
    work: Callable[[Task], Written],
    args: argparse.Namespace,
    settings: config.Settings,
    *,
    done: str,
    heavy: bool,
) -> int:
    """Do the work, say one line for each file, and return the exit code.

    Args:
        todo: the files.
        work: writes one of them; travels to other processes.
        args: the parsed options.
        settings: the settings file's values.
        done: the verb in the past: ``"labelled"``.
        heavy: whether files are re-encoded.
    """
    workers = settings.get("jobs", args.jobs, batch.processors())
    at_once = args.jobs is not None or (heavy and _is_worth_processes(todo))
    if any(urls.is_url(path) for task in todo for path in (task.source, task.target)):
        work = partial(urls.carried, work, force=args.force)
    counts: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    with Bar(len(todo), wanted=not (args.quiet or args.no_progress)) as bar:
        outcomes = batch.run(todo, work, workers=workers, patience=0 if at_once else batch.PATIENCE)
        with contextlib.closing(outcomes):  # an interrupt stops the workers here and now
            for outcome in outcomes:
                counts[_tell(outcome, bar, done, notes, quiet=args.quiet)] += 1
                bar.step()
    for note, times in notes.items():
        if times > 1:
            terminal.complain(f"the same for {times - 1} more: {note}")
    return _conclude(counts, args, done)


def is_foreign(task: Task, error: Exception) -> bool:
    """Whether a file that nobody named is none of our business."""
    return isinstance(error, UnknownFormat) and task.walked and not paths.claimed(task.source)


def _is_worth_processes(todo: Sequence[Task]) -> bool:
    total = 0
    for task in todo:
        with contextlib.suppress(OSError):  # its own work will say so
            total += os.path.getsize(task.source)
        if total > _HEAVY:
            return True
    return False


def _tell(
    outcome: Outcome[Task, Written], bar: Bar, done: str, notes: Counter[str], *, quiet: bool
) -> str:
    """Print what became of one file, and a note when it is new; return what it counts as."""
    task, error = outcome.job, outcome.error
    if error is not None:
        if is_foreign(task, error):
            return UNKNOWN
        if isinstance(error, NoPlace) and task.walked:
            return _NO_PLACE
        bar.err(failures.line(shown(task.source), error, outcome.trace))
        return failures.kind(outcome)
    written = outcome.result
    assert written is not None  # noqa: S101 - without an error there is a result
    if not quiet:
        bar.out(line(task, written, done) + "\n")
        for note in (*written.notes, *_misnamed(task, written)):
            notes[note] += 1
            if notes[note] == 1:
                bar.err(f"{shown(task.source)}: note: {note}")
    return done if written.changed else "unchanged"


def _misnamed(task: Task, written: Written) -> tuple[str, ...]:
    """A note where the result got a name that stands for another format: nothing is converted."""
    before, after = (os.path.splitext(path)[1].lower() for path in (task.source, task.target or ""))
    if not task.target or before == after or not paths.claimed(task.target):
        return ()
    fmt = registry.by_id(written.format)
    if fmt is None or after in fmt.extensions:
        return ()
    return (f"{shown(task.target)} is {fmt.id} as the input is; nothing is converted by its name",)


def line(task: Task, written: Written, done: str) -> str:
    """What was done to one file."""
    source = terminal.printable(shown(task.source))
    where = (
        f" -> {terminal.printable(shown(task.target or ''))}"
        if task.target not in (None, task.source)
        else ""
    )
    if not written.changed:
        return f"unchanged {source}{where}: it already bears all of it"
    bears = []
    if written.label is not None:
        fields = written.label.fields
        key = "ProduceID" if done == "labelled" else "PropagateID"
        # The number that a dry run made up is not the one that a real run will write.
        number = "" if written.dry_run else f" {key}={terminal.printable(fields[key])}"
        bears.append(f"{written.carrier}{number}")
    if written.mark is not None:
        bears.append(
            " ".join(filter(None, (written.mark.kind, written.mark.text, written.mark.place)))
        )
    if written.credentials is not None:
        beside = " beside it" if written.credentials == "sidecar" else ""
        bears.append(f"content credentials{beside}")
    word = f"would be {done}" if written.dry_run else done
    return f"{word} {source}{where}: {'; '.join(bears)}"


def _conclude(counts: Counter[str], args: argparse.Namespace, done: str) -> int:
    total = counts.total()
    failed, refused, bug = failures.FAILED, failures.NOT_POSSIBLE, failures.BUG
    names = (done, "unchanged", failed, refused, bug, UNKNOWN, _NO_PLACE)
    said = ", ".join(f"{counts[name]} {name}" for name in names if counts[name])
    if total == counts[UNKNOWN] + counts[_NO_PLACE]:
        skipped = f"; {said}" if total else ""
        raise UsageError(f"no file to work on below {' '.join(args.paths)}{skipped}")
    if total > 1 and not args.quiet:
        prefix = "dry run: " if args.dry_run else ""
        terminal.complain(f"{prefix}{total} files: {said}")
    return failures.code(counts, failed=bool(counts[failed]))
