"""``aigc-label fix``: mend what the owner of a label may mend, and show what that changes."""

from __future__ import annotations

import contextlib
import json
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aigc_label import batch, fixing, profile, rules
from aigc_label.cli import (
    changes,
    config,
    dispatch,
    document,
    failures,
    marks,
    options,
    outputs,
    parsing,
    signing,
    terminal,
    writing,
)
from aigc_label.cli.progress import Bar
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.model import ImplicitLabel

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from aigc_label.batch import Outcome
    from aigc_label.cli.outputs import Task
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.fixing import Fixed
    from aigc_label.profile import Profile
    from aigc_label.trust.keys import SigningKey

_EXAMPLES = """\
  aigc-label fix --producer ExampleStudio -n picture.png       say what would change
  aigc-label fix --producer ExampleStudio --in-place picture.png
  aigc-label fix --producer ExampleStudio -r outbox --output-dir mended -j 4
  aigc-label fix --producer ExampleStudio --no-explicit -n --output-format json song.mp3

It adds a missing label, brings one's own to its place, drops its copies elsewhere if they agree,
repairs how it is written, fills its propagation elements, and draws a missing or insufficient mark.
Another producer's label is never touched: such a file fails. What remains is said with the reason.
The producer also comes from AIGC_LABEL_PRODUCER or from the settings file, as for `label`.
A file fails if it does not pass the profile when all is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How every file of a run is mended."""

    producer: str
    produce_id: str | None
    explicit: ExplicitLabel | None
    profile: Profile
    force: bool
    dry_run: bool
    allow_breaking_c2pa: bool
    lang: str
    sign: SigningKey | None


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    args = _parser().parse(argv)
    if args is None:
        return dispatch.FINE
    settings = config.load()
    request = _request(args, settings)
    todo = writing.tasks(args)
    writing.refuse_number(todo, args, "produce_id")
    telling = _Telling(args, request)
    workers = settings.get("jobs", args.jobs, batch.processors())
    patience = 0 if args.jobs is not None else batch.PATIENCE
    with Bar(len(todo), wanted=not (args.quiet or args.no_progress)) as bar:
        outcomes = batch.run(todo, partial(work, request), workers=workers, patience=patience)
        with contextlib.closing(outcomes):
            for outcome in outcomes:
                telling.tell(outcome, bar)
                bar.step()
    return telling.conclude()


def _parser() -> parsing.Parser:
    parser = parsing.Parser(
        "fix", "Mend your own labels by what a check finds, and show what that changes.", _EXAMPLES
    )
    options.add_inputs(parser)
    options.add_outputs(parser)
    group = parser.add_argument_group("whose labels, and by which rules")
    group.add_argument("--producer", metavar="CODE", help="the name or code that you label under")
    group.add_argument(
        "--produce-id",
        metavar="ID",
        help="the number of this content, where its label has none or its copies disagree",
    )
    group.add_argument(
        "--profile", metavar="NAME|FILE", help="the rules to judge by (default: gb45438)"
    )
    group.add_argument(
        "--output-format",
        type=parsing.one_of("text", "json", "jsonl"),
        default="text",
        metavar="FORMAT",
        help="text, json, jsonl (default: text)",
    )
    options.add_language(parser)
    signing.add_signing(parser)
    marks.add_options(
        parser,
        "draw one where a sufficient one is missing (default: yes); otherwise metadata alone is "
        "judged and mended",
    )
    return parser


def _request(args: argparse.Namespace, settings: config.Settings) -> Request:
    """The request, every part of it validated before any file is touched.

    Raises:
        UsageError: naming what is wrong and how to give it.
    """
    producer = settings.get("producer", args.producer, "")
    if not producer:
        raise settings.missing("producer", "whose labels?")
    number = "0" if args.produce_id is None else args.produce_id
    try:
        ImplicitLabel(content_producer=producer, produce_id=number)
    except InvalidLabel as error:
        raise UsageError(f"{error}; see `aigc-label fix --help`") from None
    wanted = settings.get("explicit", args.explicit, default=True)
    return Request(
        producer=producer,
        produce_id=args.produce_id,
        explicit=marks.chosen(args, settings) if wanted else None,
        profile=rules.validated(profile.load(settings.get("profile", args.profile, "gb45438"))),
        force=args.force,
        dry_run=args.dry_run,
        allow_breaking_c2pa=args.allow_breaking_c2pa,
        lang=settings.get("lang", args.lang) or terminal.language(),
        sign=signing.chosen(args, settings),
    )


def work(request: Request, task: Task) -> Fixed:
    """Mend one file; runs in any process."""
    outputs.make_room(task, force=request.force)
    return fixing.fix(
        task.source,
        request.producer,
        produce_id=request.produce_id,
        explicit=request.explicit,
        to=task.target,
        profile=request.profile,
        only="implicit" if request.explicit is None else None,
        dry_run=request.dry_run,
        allow_breaking_c2pa=request.allow_breaking_c2pa,
        lang=request.lang,
        sign=request.sign,
    )


class _Telling:
    """Says what became of each file, in the format that was asked for, and counts."""

    def __init__(self, args: argparse.Namespace, request: Request) -> None:
        self._args = args
        self._format = args.output_format
        self._request = request
        self._counts: Counter[str] = Counter()
        self._all: list[dict[str, Any]] = []

    def tell(self, outcome: Outcome[Task, Fixed], bar: Bar) -> None:
        """Print what became of one file."""
        task, error = outcome.job, outcome.error
        if error is None:
            assert outcome.result is not None  # noqa: S101 - without an error there is a result
            self._told(task, outcome.result, bar)
        elif writing.is_foreign(task, error):
            self._counts[writing.UNKNOWN] += 1
        else:
            line = failures.line(task.source, error, outcome.trace)
            bar.err(line)
            self._counts[failures.kind(outcome)] += 1
            self._record({"path": task.source, "ok": False, "error": line}, bar)

    def _told(self, task: Task, fixed: Fixed, bar: Bar) -> None:
        done = "fixed" if fixed.changed else "unchanged"
        self._counts[done if fixed.ok else f"{done}, but failing"] += 1
        self._record(fixed.as_dict(), bar)
        if self._format == "text" and not (self._args.quiet and fixed.ok):
            bar.out(changes.lines(task, fixed, self._request.lang))

    def _record(self, told: dict[str, Any], bar: Bar) -> None:
        if self._format == "jsonl":
            bar.out(json.dumps(told, ensure_ascii=False) + "\n")
        elif self._format == "json":
            self._all.append(told)

    def conclude(self) -> int:
        """Print the counts, and return the exit code."""
        total, counts = self._counts.total(), self._counts
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        if total == counts[writing.UNKNOWN]:
            raise UsageError(f"no file to work on below {' '.join(self._args.paths)}; {said}")
        if self._format == "json":
            document.write("fixes", self._all)
        sys.stdout.flush()
        if total > 1 and not self._args.quiet:
            prefix = "dry run: " if self._request.dry_run else ""
            terminal.complain(f"{prefix}{total} files: {said}")
        fine = counts["fixed"] + counts["unchanged"] + counts[writing.UNKNOWN]
        return failures.code(counts, failed=fine < total)
