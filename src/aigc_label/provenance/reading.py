"""Validating content credentials with c2pa, and saying what came of it."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, LimitExceeded
from aigc_label.origin import SOURCE_TYPES
from aigc_label.provenance import kinds, library, manifest
from aigc_label.provenance.trust import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from aigc_label.provenance.trust import Trust

SUFFIX = ".c2pa"
"""What the name of a file ends in that holds the credentials of the file beside it."""

LARGEST_STORE = 64 << 20
_HARMLESS = "signingCredential.untrusted"
_TOLD = 8  # problems of one file that are told


State: TypeAlias = Literal["trusted", "valid", "invalid"]


class NoCredentials(AssetError):
    """There are none to validate."""


class Elsewhere(AssetError):
    """They stand somewhere else, and nothing may be fetched."""


class Verdict(NamedTuple):
    """What c2pa says of a file's content credentials.

    Attributes:
        state: ``"trusted"`` (sound, and of a signer in the trust list), ``"valid"`` (sound) or
            ``"invalid"``.
        problems: c2pa's codes for what is wrong; that nobody vouches for the signer is no problem.
        signer: the organisation or name in the signer's certificate, ``""`` if there is none.
        time: when it was signed, by a time stamp; ``""`` without one.
        generator: the program or system that the last manifest names.
        source_type: IPTC term of what the last manifest says of its content, ``""`` if nothing.
        actions: what it says was done, such as ``"created"``.
        fields: the GB 45438 label that it states in our assertion, ``None`` without one.
    """

    state: State
    problems: tuple[str, ...] = ()
    signer: str = ""
    time: str = ""
    generator: str = ""
    source_type: str = ""
    actions: tuple[str, ...] = ()
    fields: Mapping[str, str] | None = None


def beside(path: str) -> str | None:
    """The file that holds the credentials of a file, if there is one beside it.

    Its name is the file's with ``.c2pa`` behind it, as we write it, or in the place of the
    extension, as c2patool does.
    """
    stem, extension = os.path.splitext(path)
    if extension == SUFFIX:
        return None
    names = (path + SUFFIX, stem + SUFFIX)
    return next((name for name in names if os.path.isfile(name)), None)


def store_beside(path: str) -> bytes:
    """The manifest store in a file beside.

    Raises:
        AssetError: it is too long to be one.
        OSError: unwrapped.
    """
    with open_asset(path) as asset:
        if asset.size > LARGEST_STORE:
            raise LimitExceeded(f"{path} is over {LARGEST_STORE >> 20} MiB")
        return asset.read(0, asset.size)


def validated(stream: BinaryIO, kind: str, trust: Trust, store: bytes | None = None) -> Verdict:
    """Validate a file's content credentials.

    Args:
        stream: the file.
        kind: c2pa's name for its format.
        trust: whom to believe, and whether anything may be fetched.
        store: the manifest store, where it does not stand in the file.

    Raises:
        NoCredentials: there are none.
        AssetError: c2pa could not look; the text says why.
    """
    c2pa = library.load()

    context = c2pa.Context.from_dict(settings(trust))
    reader = None
    try:
        reader = c2pa.Reader(kind, stream, store, context)
        state = reader.get_validation_state()
        found = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        raise NoCredentials("no content credentials") from None
    except c2pa.C2paError as error:
        raise _refusal(error) from None
    finally:
        if reader is not None:
            with contextlib.suppress(c2pa.C2paError):
                reader.close()
        context.close()
    return told(state or "Invalid", found)


def _refusal(error: Exception) -> AssetError:
    text = " ".join(str(error).split())
    if "must fetch remote" in text:
        return Elsewhere(
            f"they stand elsewhere, and nothing is fetched unless it is allowed ({text})"
        )
    return AssetError(f"c2pa cannot read them: {text}")


def told(state: str, found: dict[str, Any]) -> Verdict:
    """What c2pa's report says; it repeats much of the file's own words, which may be anything.

    Raises:
        AssetError: they are not of the shape that C2PA asks for.
    """
    try:
        return _verdict(state, found)
    except (AttributeError, IndexError, TypeError):
        raise AssetError("c2pa read them, but they are not shaped as C2PA asks") from None


def _verdict(state: str, found: dict[str, Any]) -> Verdict:
    active = found.get("manifests", {}).get(found.get("active_manifest"), {})
    signature = active.get("signature_info") or {}
    results = found.get("validation_results") or {}
    failures = list((results.get("activeManifest") or {}).get("failure", ()))
    for delta in results.get("ingredientDeltas") or ():
        failures += (delta.get("validationDeltas") or {}).get("failure", ())
    codes = dict.fromkeys(one.get("code", "") for one in failures)
    named = active.get("claim_generator_info") or [{}]
    fields = None
    actions: list[dict[str, Any]] = []
    for assertion in active.get("assertions", ()):
        label, data = assertion.get("label", ""), assertion.get("data") or {}
        if label.startswith("c2pa.actions"):
            actions += data.get("actions", ())
        elif label == manifest.LABEL:
            fields = {str(key): str(value) for key, value in data.get("AIGC", {}).items()}
    types = (action.get("digitalSourceType", "") for action in actions)
    told = next(filter(None, types), "")
    return Verdict(
        state=cast("State", state.lower()),
        problems=tuple(code for code in codes if code and code != _HARMLESS)[:_TOLD],
        signer=signature.get("issuer") or signature.get("common_name") or "",
        time=signature.get("time") or "",
        generator=named[0].get("name") or "",
        source_type=told.removeprefix(SOURCE_TYPES),
        actions=tuple(action.get("action", "").removeprefix("c2pa.") for action in actions),
        fields=fields,
    )


def holds(format_id: str | None) -> bool:
    """Whether content credentials can stand in such files."""
    return format_id in kinds.NAMES


def kind_of(format_id: str | None) -> str:
    """c2pa's name for a format of ours."""
    return kinds.NAMES.get(format_id or "", kinds.ANY)
