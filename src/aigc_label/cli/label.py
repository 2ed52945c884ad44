"""``aigc-label label``: write the implicit label and the explicit mark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aigc_label import api, content_id
from aigc_label.cli import (
    config,
    credentials,
    marks,
    options,
    origin,
    outputs,
    parsing,
    signing,
    writing,
)
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.library import bearing
from aigc_label.model import Attribution, ImplicitLabel

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from aigc_label.cli.outputs import Task
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.model import Written
    from aigc_label.origin import Origin
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.trust.keys import SigningKey

_EXAMPLES = """\
  aigc-label label --producer 001191350100M000100Y4300000 picture.png -o labelled.png
  aigc-label label --producer ExampleStudio --in-place song.mp3 clip.mp4
  aigc-label label --producer ExampleStudio -r outbox --output-dir labelled -j 4
  aigc-label label --producer ExampleStudio --no-explicit -n picture.jpg

The producer also comes from AIGC_LABEL_PRODUCER, or from `producer = ...` in aigc-label.toml or
under [tool.aigc-label] in pyproject.toml, searched from the working directory upward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What every file of a run shall bear."""

    producer: str
    produce_id: str | None
    attribution: Attribution
    reserved_code: str
    propagator: str | None
    propagate_id: str | None
    origin: Origin | None
    explicit: ExplicitLabel | None
    insisted: tuple[str, ...]
    force: bool
    dry_run: bool
    allow_breaking_c2pa: bool
    credentials: Credentials | None
    sign: SigningKey | None


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    args = _parser().parse(argv)
    if args is None:
        return 0
    settings = config.load()
    request = _request(args, settings)
    todo = writing.tasks(args)
    writing.refuse_number(todo, args, "produce_id", "propagate_id")
    return writing.carry_out(
        todo,
        partial(work, request),
        args,
        settings,
        done="labelled",
        heavy=request.explicit is not None,
    )


def _parser() -> parsing.Parser:
    parser = parsing.Parser(
        "label", "Write the implicit label and the explicit mark into files.", _EXAMPLES
    )
    options.add_inputs(parser)
    options.add_outputs(parser)
    group = parser.add_argument_group("implicit label (GB 45438-2025 clause 6)")
    group.add_argument("--producer", metavar="CODE", help="name or code of the generation service")
    group.add_argument(
        "--produce-id",
        metavar="ID",
        help="the producer's number of this content (default: the one the file already bears from "
        "this producer, else a new UUID)",
    )
    group.add_argument(
        "--label",
        type=parsing.one_of("1", "2", "3"),
        default="1",
        metavar="1|2|3",
        help="is, may be, or is suspected to be AI-generated (default: 1)",
    )
    group.add_argument(
        "--reserved-code", default="", metavar="TEXT", help="the producer's security information"
    )
    group.add_argument(
        "--propagator", metavar="CODE", help="name or code of the platform (default: the producer)"
    )
    group.add_argument("--propagate-id", metavar="ID", help="the platform's number of this content")
    signing.add_signing(parser)
    credentials.add_signing(parser, made=True)
    origin.add_options(parser)
    marks.add_options(
        parser,
        "add words or a sound that people perceive (default: yes; below a folder, formats that "
        "take none get the implicit label alone, unless --explicit is given)",
    )
    return parser


def _request(args: argparse.Namespace, settings: config.Settings) -> Request:
    """The request, every field of it validated before any file is touched.

    Raises:
        UsageError: naming what is wrong and how to give it.
    """
    attribution = Attribution.from_code(args.label)
    assert attribution is not None  # noqa: S101 - the parser took only 1, 2 and 3
    producer = settings.get("producer", args.producer, "")
    if not producer and attribution is Attribution.CONFIRMED:
        raise settings.missing("producer", "who made this?")
    request = Request(
        producer=producer,
        produce_id=args.produce_id,
        attribution=attribution,
        reserved_code=args.reserved_code,
        propagator=args.propagator,
        propagate_id=args.propagate_id,
        origin=origin.chosen(args, settings),
        explicit=_explicit(args, settings),
        insisted=credentials.insisted(args, ("explicit",) if args.explicit else ()),
        force=args.force,
        dry_run=args.dry_run,
        allow_breaking_c2pa=args.allow_breaking_c2pa,
        credentials=credentials.chosen(args, settings),
        sign=signing.chosen(args, settings),
    )
    try:
        _label(request, "0" if args.produce_id is None else args.produce_id)
    except InvalidLabel as error:
        raise UsageError(f"{error}; see `aigc-label label --help`") from None
    return request


def _explicit(args: argparse.Namespace, settings: config.Settings) -> ExplicitLabel | None:
    if not settings.get("explicit", args.explicit, default=True):
        return None
    return marks.chosen(args, settings)


def work(request: Request, task: Task) -> Written:
    """Label one file; runs in any process.

    A file below a folder bears what its format takes, and a note says what that is not. A file that
    was named is refused, and so is one for a part that was insisted on (``--explicit``,
    ``--c2pa-required``).
    """
    outputs.make_room(task, force=request.force)
    implicit = _implicit_for(task.source, request)
    write = partial(
        api.label,
        task.source,
        implicit,
        to=task.target,
        dry_run=request.dry_run,
        allow_breaking_c2pa=request.allow_breaking_c2pa,
        sign=request.sign,
    )
    return bearing.written(
        write,
        request.insisted if task.walked else bearing.PARTS,
        explicit=request.explicit,
        credentials=request.credentials,
    )


def _implicit_for(path: str, request: Request) -> ImplicitLabel:
    """The label for one file.

    A file that bears this producer's label keeps its number, so that a second run changes nothing.
    """
    if request.produce_id is not None:
        return _label(request, request.produce_id)
    found = api.check(path, only="implicit").inspection.labels
    if len(found) == 1 and found[0].fields.get("ContentProducer") == request.producer:
        number = found[0].fields.get("ProduceID", "")
        if number or not request.producer:
            return _label(request, number, found[0].fields.get("PropagateID"))
    return _label(request, content_id.new() if request.producer else "")


def _label(request: Request, produce_id: str, propagate_id: str | None = None) -> ImplicitLabel:
    if request.propagate_id is not None:
        propagate_id = request.propagate_id
    elif request.propagator is None:
        propagate_id = None
    elif not propagate_id:
        propagate_id = content_id.new()
    return ImplicitLabel(
        content_producer=request.producer,
        produce_id=produce_id,
        attribution=request.attribution,
        reserved_code1=request.reserved_code,
        content_propagator=request.propagator,
        propagate_id=propagate_id,
        origin=request.origin,
    )
