"""Options for C2PA content credentials: signing them, and validating those of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.cli import parsing
from aigc_label.errors import InvalidLabel, UsageError

if TYPE_CHECKING:
    import argparse

    from aigc_label.cli.config import Settings
    from aigc_label.library.signing import Signer
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.provenance.trust import Trust

_SIGNING = {
    "c2pa_input": "--c2pa-input",
    "c2pa_generator": "--c2pa-generator",
    "c2pa_oversight": "--c2pa-oversight",
    "c2pa_training": "--c2pa-training",
    "c2pa_sidecar": "--c2pa-sidecar",
    "c2pa_repack": "--c2pa-repack",
    "c2pa_required": "--c2pa-required",
    "tsa": "--tsa",
}


_VALIDATE = "validate them, signature and hash; otherwise they are only looked at"


def add_signing(parser: parsing.Parser, *, made: bool, checks: bool = False) -> None:
    """The options of a verb that writes.

    Args:
        parser: of the verb.
        made: whether its user made the content, and so can say how.
        checks: whether it can be told to check instead, and so to validate.
    """
    group = parser.add_argument_group("C2PA content credentials, signed last")
    sign = "sign content credentials; those of the file become the history of the new ones"
    group.add_argument(
        "--c2pa",
        action="store_true",
        help=f"{sign}; check: {_VALIDATE}" if checks else sign,
    )
    group.add_argument(
        "--c2pa-cert",
        metavar="CHAIN.pem",
        help="the signer's certificate and those that vouch for it, without the root",
    )
    group.add_argument("--c2pa-key", metavar="KEY.pem", help="its private key, not encrypted")
    group.add_argument(
        "--tsa", metavar="URL", help="get a time stamp there; otherwise nothing asks the network"
    )
    group.add_argument(
        "--c2pa-generator",
        metavar="NAME[/VERSION]",
        help="the generating system (default: --system, or the producer)"
        if made
        else "the platform's system (default: the platform)",
    )
    if made:
        group.add_argument(
            "--c2pa-input", metavar="FILE", help="the file that was edited, for edited content"
        )
        group.add_argument(
            "--c2pa-oversight",
            type=parsing.one_of("fully_autonomous", "prompt_guided", "human_validated"),
            metavar="LEVEL",
            help="how a person took part: fully_autonomous, prompt_guided or human_validated",
        )
        group.add_argument(
            "--c2pa-training",
            type=parsing.one_of("allowed", "notAllowed"),
            metavar="allowed|notAllowed",
            help="whether others may mine it and train on it (default: say nothing)",
        )
    group.add_argument(
        "--c2pa-sidecar",
        action="store_true",
        help="put them into FILE.c2pa beside the result, for formats that cannot hold them",
    )
    group.add_argument(
        "--c2pa-repack",
        action="store_true",
        help="store the parts of documents and books uncompressed, or they cannot be signed",
    )
    group.add_argument(
        "--c2pa-required",
        action="store_true",
        help="below a folder: refuse files whose format holds none; otherwise those bear their "
        "label without them, and a note says so",
    )


def chosen(args: argparse.Namespace, settings: Settings) -> Credentials | None:
    """The signer that the options ask for, certificate and key opened.

    Raises:
        UsageError: something is missing, or cannot be used.
    """
    asked = signer(args, settings)
    if asked is None:
        return None
    from aigc_label.library import signing  # noqa: PLC0415 - most runs sign nothing

    return signing.credentials(asked)


def signer(args: argparse.Namespace, settings: Settings) -> Signer | None:
    """The signer that the options ask for, by the paths of certificate and key.

    Raises:
        UsageError: something is missing, or the key itself was given.
    """
    chain = settings.get("c2pa-cert", args.c2pa_cert)
    key = settings.get("c2pa-key", args.c2pa_key)
    if not args.c2pa:
        given = next((o for name, o in _SIGNING.items() if getattr(args, name, None)), None)
        given = given or (args.c2pa_cert and "--c2pa-cert") or (args.c2pa_key and "--c2pa-key")
        if given:
            raise UsageError(f"{given} is about content credentials; ask for them with --c2pa")
        return None
    for name, option in _SIGNING.items():
        if getattr(args, name, None) == "":  # as of a variable that was not set
            raise UsageError(f"{option} is empty; leave it out, or say what is meant")
    if not chain or not key:
        raise UsageError("--c2pa signs: give --c2pa-cert CHAIN.pem and --c2pa-key KEY.pem")
    if "-----BEGIN" in key:
        raise UsageError("--c2pa-key takes the path of the key, not the key itself")
    from aigc_label.library.signing import Signer  # noqa: PLC0415 - most runs sign nothing
    from aigc_label.origin import Origin  # noqa: PLC0415 - as above

    name, _, version = (settings.get("c2pa-generator", args.c2pa_generator) or "").partition("/")
    try:
        origin = Origin(system=name.strip(), version=version.strip()) if name else None
    except InvalidLabel as error:
        raise UsageError(str(error)) from None
    return Signer(
        chain=chain,
        key=key,
        tsa=args.tsa or "",
        origin=origin,
        ingredient=getattr(args, "c2pa_input", None) or "",
        training=getattr(args, "c2pa_training", None) or "",
        oversight=getattr(args, "c2pa_oversight", None) or "",
        sidecar=args.c2pa_sidecar,
        repack=args.c2pa_repack,
        required=args.c2pa_required,
    )


def insisted(args: argparse.Namespace, others: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The parts for whose sake files below a folder are refused, if their formats take none.

    See :func:`aigc_label.library.bearing.written`.
    """
    return (*others, "credentials") if args.c2pa_required else others


def add_validating(parser: parsing.Parser, *, signs: bool = False) -> None:
    """The options of a verb that reads.

    Args:
        parser: of the verb.
        signs: whether it can be told to sign, too, and has ``--c2pa`` already.
    """
    group = parser.add_argument_group(f"C2PA content credentials{', validated' if signs else ''}")
    if not signs:
        group.add_argument("--c2pa", action="store_true", help=_VALIDATE)
    group.add_argument(
        "--c2pa-trust",
        action="append",
        metavar="LIST.pem",
        help="validate, and trust the signers whom these certificates vouch for; may be repeated",
    )
    group.add_argument(
        "--c2pa-network",
        action="store_true",
        help="fetch manifests that stand elsewhere, and ask whether certificates were revoked",
    )


def validates(args: argparse.Namespace) -> bool:
    """Whether credentials are to be validated."""
    return bool(args.c2pa or args.c2pa_trust or args.c2pa_network)


def trust(args: argparse.Namespace) -> Trust | None:
    """Whom to trust; ``None`` where nothing is to be validated.

    Raises:
        UsageError: a trust list cannot be used.
    """
    if not validates(args):
        return None
    from aigc_label.provenance.trust import Trust  # noqa: PLC0415 - most runs validate nothing

    return Trust.load(args.c2pa_trust or (), network=args.c2pa_network)
