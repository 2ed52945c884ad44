"""``aigc-label propagate``: write a platform's propagation fields."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aigc_label import api, producer_code
from aigc_label.cli import config, credentials, options, outputs, parsing, writing
from aigc_label.errors import UsageError
from aigc_label.library import bearing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.cli.outputs import Task
    from aigc_label.model import Written
    from aigc_label.provenance.credentials import Credentials

_EXAMPLES = """\
  aigc-label propagate --propagator 001191350100M000100Y4300000 upload.png -o published.png
  aigc-label propagate --propagator ExamplePlatform --declared --in-place upload.mp4
  aigc-label propagate --propagator ExamplePlatform -r uploads --output-dir published

A labelled file keeps its producer's fields. An unlabelled one gets Label 2 if its user declared it,
3 if it bears an explicit label or other traces of generation; without any of these it is left alone
and counted as failed. The propagator also comes from AIGC_LABEL_PROPAGATOR, or from
`propagator = ...` in aigc-label.toml or under [tool.aigc-label] in pyproject.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every file of a run shall bear."""

    propagator: str
    propagate_id: str | None
    declared: bool
    reserved_code: str
    force: bool
    dry_run: bool
    allow_breaking_c2pa: bool
    credentials: Credentials | None
    insisted: tuple[str, ...]


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = _parser()
    args = parser.parse(argv)
    if args is None:
        return 0
    settings = config.load()
    propagator = settings.get("propagator", args.propagator, "")
    if not propagator:
        raise settings.missing("propagator", "which platform?")
    if fault := producer_code.fault(propagator):
        raise UsageError(f"propagator {propagator!r}: {fault}")
    todo = writing.tasks(args)
    writing.refuse_number(todo, args, "propagate_id")
    request = Request(
        propagator=propagator,
        propagate_id=args.propagate_id,
        declared=args.declared,
        reserved_code=args.reserved_code,
        force=args.force,
        dry_run=args.dry_run,
        allow_breaking_c2pa=args.allow_breaking_c2pa,
        credentials=credentials.chosen(args, settings),
        insisted=credentials.insisted(args),
    )
    return writing.carry_out(
        todo, partial(work, request), args, settings, done="propagated", heavy=False
    )


def _parser() -> parsing.Parser:
    parser = parsing.Parser(
        "propagate",
        "Write a platform's propagation fields into files (Measures article 6, GB 45438-2025 6.1).",
        _EXAMPLES,
    )
    options.add_inputs(parser)
    options.add_outputs(parser)
    group = parser.add_argument_group("propagation fields")
    group.add_argument("--propagator", metavar="CODE", help="name or code of the platform")
    group.add_argument(
        "--propagate-id",
        metavar="ID",
        help="the platform's number of this content (default: the one the file already bears from "
        "this platform, else a new UUID)",
    )
    group.add_argument(
        "--declared", action="store_true", help="the user who published it says it is AI-generated"
    )
    group.add_argument(
        "--reserved-code", default="", metavar="TEXT", help="the platform's security information"
    )
    credentials.add_signing(parser, made=False)
    return parser


def work(request: Request, task: Task) -> Written:
    """Write one file's propagation fields; runs in any process.

    Below a folder, files whose formats hold no content credentials do without, as for ``label``.
    """
    outputs.make_room(task, force=request.force)
    write = partial(
        api.propagate,
        task.source,
        request.propagator,
        request.propagate_id,
        declared=request.declared,
        reserved_code=request.reserved_code,
        to=task.target,
        dry_run=request.dry_run,
        allow_breaking_c2pa=request.allow_breaking_c2pa,
    )
    insisted = request.insisted if task.walked else bearing.PARTS
    return bearing.written(write, insisted, credentials=request.credentials)
