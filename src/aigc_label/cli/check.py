"""``aigc-label check``: say whether files bear the labels that the standard asks for."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from aigc_label import api, batch, judging, profile, reporters, rules
from aigc_label.cli import (
    config,
    credentials,
    dispatch,
    failures,
    options,
    parsing,
    paths,
    selection,
    signing,
    terminal,
    urls,
)
from aigc_label.cli.progress import Bar
from aigc_label.errors import AssetError, UnknownFormat, UsageError
from aigc_label.library.urls import shown
from aigc_label.model import Inspection, Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.batch import Outcome
    from aigc_label.cli.paths import Input
    from aigc_label.judging import Only
    from aigc_label.profile import FailOn, Profile
    from aigc_label.provenance.trust import Trust
    from aigc_label.reporters import Reporter
    from aigc_label.trust.store import TrustStore

_EXAMPLES = """\
  aigc-label check picture.png clip.mp4
  aigc-label check -r uploads --no-explicit -j 8 --output-format jsonl > reports.jsonl
  aigc-label check --declared --profile ./ours.toml --fail-on warning upload.jpg
  aigc-label check --output-format html -r outbox > report.html
  curl -s https://example.org/a.png | aigc-label check -

A file fails when a finding reaches the profile's level, error unless it says otherwise.
With -r, files whose format is unknown are counted and left out; named ones fail."""

_MANY, _FEW = 64, 4  # checks that travel together: of metadata, and where marks are looked for
_HELD = 64 << 20  # bytes of standard input in memory; more goes to a temporary file
_PATIENCE = 1.0  # seconds: a report takes a third as long to travel as metadata to be checked


class Question(NamedTuple):
    """What every file of a run is asked."""

    profile: Profile
    declared: bool
    only: Only
    lang: str
    trust: Trust | None = None
    signers: TrustStore | None = None
    derived_from: str | None = None


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    args = _parser().parse(argv)
    if args is None:
        return dispatch.FINE
    settings = config.load()
    question = _question(args, settings)
    render = reporters.get(args.output_format)
    if args.paths == ["-"] and not args.stdin_paths0:
        return _piped(args, question, render)
    chosen = selection.select(args)
    inputs: Iterable[Input] = paths.expand(
        selection.named(args), recursive=args.recursive, selection=chosen
    )
    wanted = not (args.quiet or args.no_progress) and terminal.is_terminal(sys.stderr)
    if wanted:
        inputs = list(inputs)
    quick = question.only == "implicit"
    counts: Counter[str] = Counter()
    with Bar(len(inputs) if isinstance(inputs, list) else None, wanted=wanted) as bar:
        outcomes = batch.run(
            inputs,
            partial(work, question),
            workers=settings.get("jobs", args.jobs, batch.processors()),
            chunk=_MANY if quick else _FEW,
            patience=_PATIENCE if quick else 0 if args.jobs is not None else batch.PATIENCE,
        )
        with contextlib.closing(outcomes):  # also when nobody reads on: workers end with it
            summary = render(
                _reports(outcomes, question, bar, counts),
                stream=bar.stream(),
                profile=question.profile.id,
                lang=question.lang,
                color=terminal.coloured(sys.stdout),
            )
    selection.said(chosen, args)
    if counts["skipped"] and not args.quiet:
        skipped = terminal.counted(counts["skipped"], "file")
        terminal.complain(f"skipped {skipped} of unknown format")
    if counts["data"] and not args.quiet:
        skipped = terminal.counted(counts["data"], "data file")
        terminal.complain(f"skipped {skipped} without a label; name them to check them")
    if not summary.files:
        raise UsageError(f"no file of a known format below {' '.join(args.paths)}")
    return failures.code(counts, failed=summary.failed > 0 and not args.exit_zero)


def _piped(args: argparse.Namespace, question: Question, render: Reporter) -> int:
    """Check what comes in on standard input, of any length, as one file."""
    import shutil  # noqa: PLC0415 - files on the disk are not copied
    import tempfile  # noqa: PLC0415 - as above

    with tempfile.SpooledTemporaryFile(_HELD) as whole:
        shutil.copyfileobj(sys.stdin.buffer, whole, 1 << 20)
        whole.seek(0)
        report = _checked(question, whole, args.stdin_name)
    summary = render(
        [report],
        stream=sys.stdout,
        profile=question.profile.id,
        lang=question.lang,
        color=terminal.coloured(sys.stdout),
    )
    return dispatch.WRONG_FILE if summary.failed and not args.exit_zero else dispatch.FINE


def _parser() -> parsing.Parser:
    parser = parsing.Parser(
        "check", "Say whether files bear the labels that the standard asks for.", _EXAMPLES
    )
    options.add_inputs(parser)
    parser.add_argument(
        "--stdin-name",
        metavar="NAME",
        default="<stdin>",
        help="what to call standard input, given as -; text is told by its name: answer.md",
    )
    group = parser.add_argument_group("what is asked")
    group.add_argument(
        "--profile", metavar="NAME|FILE", help="the rules to judge by (default: gb45438)"
    )
    group.add_argument(
        "--declared", action="store_true", help="the user who published it says it is AI-generated"
    )
    group.add_argument(
        "--only",
        type=parsing.one_of("implicit", "explicit"),
        metavar="implicit|explicit",
        help="look at one kind of label only",
    )
    group.add_argument(
        "--no-explicit",
        action="store_true",
        help="metadata only, thousands of files a second; the same as --only implicit",
    )
    group.add_argument(
        "--derived-from",
        metavar="FILE",
        help="what the files were made of: say which of its labels a conversion has lost",
    )
    signing.add_trust(parser)
    credentials.add_validating(parser)
    group = parser.add_argument_group("what comes out")
    group.add_argument(
        "--output-format",
        default="text",
        metavar="FORMAT",
        help=f"{', '.join(reporters.NAMES)} (default: text)",
    )
    group.add_argument(
        "--fail-on",
        type=parsing.one_of("note", "warning", "error"),
        metavar="LEVEL",
        help="fail a file from this level on: note, warning or error (default: the profile's)",
    )
    group.add_argument(
        "--exit-zero", action="store_true", help="exit with 0 even if files failed the check"
    )
    options.add_language(parser)
    return parser


def _question(args: argparse.Namespace, settings: config.Settings) -> Question:
    """What is asked, the profile loaded and every rule in it known.

    Raises:
        UsageError: the profile is wrong, or two options contradict one another.
    """
    if args.no_explicit and args.only == "explicit":
        raise UsageError("--no-explicit and --only explicit exclude one another; give one")
    if args.derived_from is not None and not os.path.isfile(args.derived_from):
        raise UsageError(f"{args.derived_from}, given as --derived-from, is no file")
    only = "implicit" if args.no_explicit else args.only
    judged_by = rules.validated(profile.load(settings.get("profile", args.profile, "gb45438")))
    if fail_on := settings.get("fail-on", args.fail_on):
        judged_by = replace(judged_by, fail_on=cast("FailOn", fail_on))
    if not judged_by.propagator:  # a platform that says who it is need not say it in a profile
        judged_by = replace(judged_by, propagator=settings.get("propagator", None, ""))
    return Question(
        profile=judged_by,
        declared=args.declared,
        only=cast("Only", only),
        lang=settings.get("lang", args.lang) or terminal.language(),
        trust=credentials.trust(args),
        signers=signing.store(args, settings),
        derived_from=args.derived_from,
    )


def work(question: Question, item: Input) -> Report:
    """Check one file; runs in any process."""
    if urls.is_url(item.path):
        with urls.reading(item.path) as stream:
            return _checked(question, stream, shown(item.path))
    return _checked(question, item.path, None)


def _checked(question: Question, source: str | IO[bytes], name: str | None) -> Report:
    return api.check(
        source,
        name=name,
        profile=question.profile,
        declared=question.declared,
        only=question.only,
        lang=question.lang,
        c2pa=question.trust or False,
        trust=question.signers,
        derived_from=question.derived_from,
    )


def _reports(
    outcomes: Iterator[Outcome[Input, Report]], question: Question, bar: Bar, counts: Counter[str]
) -> Iterator[Report]:
    """The report of every file; what could not be looked at gets one that says so."""
    for outcome in outcomes:
        report = outcome.result
        if report is None:
            report = _without_answer(outcome, question, bar, counts)
        elif _is_foreign(outcome.job, report.inspection):
            counts["skipped"] += 1
            bar.step()
            continue
        elif not report.inspection.labels and paths.is_data(outcome.job):
            counts["data"] += 1
            bar.step()
            continue
        yield report
        bar.step()


def _is_foreign(item: Input, seen: Inspection) -> bool:
    """Whether a file that nobody named is none of our business."""
    return (
        seen.format is None
        and item.below is not None
        and isinstance(seen.problem, UnknownFormat)
        and not paths.claimed(item.path)
    )


def _without_answer(
    outcome: Outcome[Input, Report], question: Question, bar: Bar, counts: Counter[str]
) -> Report:
    """A report on a file whose check broke: said on standard error, and never passed."""
    path, error = shown(outcome.job.path), outcome.error
    assert error is not None  # noqa: S101 - an outcome has a result or an error
    bar.err(failures.line(path, error, outcome.trace))
    what = failures.kind(outcome)
    counts[what] += 1
    if what != failures.FAILED:
        error = AssetError(f"the check broke off: {error}", asset=path)
    problem = error if isinstance(error, (AssetError, OSError)) else None
    seen = Inspection(name=path, size=0, problem=problem)
    report = judging.judged(
        seen,
        question.profile,
        declared=question.declared,
        only=question.only,
        lang=question.lang,
    )
    return replace(report, ok=False)
