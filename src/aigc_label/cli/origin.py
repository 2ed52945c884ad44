"""The options that state a content's origin beside the label, in IPTC's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.cli import parsing
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.origin import TERMS, Origin

if TYPE_CHECKING:
    import argparse

    from aigc_label.cli.config import Settings


def add_options(parser: parsing.Parser) -> None:
    """``--origin``, ``--system`` and ``--source-type``."""
    group = parser.add_argument_group(
        "origin, stated beside the label (IPTC DigitalSourceType, AISystemUsed)"
    )
    group.add_argument(
        "--origin",
        type=parsing.one_of("created", "edited"),
        metavar="created|edited",
        help="the system made it, or changed what somebody else had made",
    )
    group.add_argument(
        "--system", metavar="NAME[/VERSION]", help="the system that did; alone it means created"
    )
    group.add_argument(
        "--source-type",
        type=parsing.one_of(*TERMS),
        metavar="TERM",
        help="IPTC's term where the usual one is not right (trainedAlgorithmicMedia for created, "
        "compositeWithTrainedAlgorithmicMedia for edited)",
    )


def chosen(args: argparse.Namespace, settings: Settings) -> Origin | None:
    """The origin that is asked for, ``None`` if none is.

    Raises:
        UsageError: it cannot be.
    """
    action = settings.get("origin", args.origin)
    named = settings.get("system", args.system)
    if action is None and named is None and args.source_type is None:
        return None
    system, _, version = (named or "").partition("/")
    try:
        return Origin(
            system=system.strip(),
            version=version.strip(),
            action=action or "created",
            source_type=args.source_type or "",
        )
    except InvalidLabel as error:
        raise UsageError(f"{error}; see `aigc-label label --help`") from None
