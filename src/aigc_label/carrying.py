"""``carry``: a file's labels onto what somebody else's tool has made of it.

Transcoding, resizing and converting lose labels, mostly without a word. The label is about the
content, which is still the same; so its fields go over unchanged (Measures, art. 10), and with
them what was stated of the origin in IPTC's terms.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label import applying, output, registry
from aigc_label.carriers.traces import SYSTEM_VERSION
from aigc_label.delivery import Draft
from aigc_label.errors import LabelConflict, NothingToPropagate
from aigc_label.inspecting import inspect
from aigc_label.model import Attribution
from aigc_label.origin import TERMS, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset, Source
    from aigc_label.delivery import Target
    from aigc_label.model import FoundLabel, ImplicitLabel, Inspection, Written
    from aigc_label.output import Scratch
    from aigc_label.profile import Profile
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.trust.keys import SigningKey

_SOUND = ("verified", "intact")
_WHO = ("Label", "ContentProducer", "ProduceID")


def carry(
    source: Source,
    derived: Source,
    *,
    to: Target = None,
    source_name: str | None = None,
    name: str | None = None,
    profile: str | Profile = "gb45438",
    dry_run: bool = False,
    allow_breaking_c2pa: bool = False,
    credentials: Credentials | None = None,
    sign: SigningKey | None = None,
) -> Written:
    """Put the labels of one file onto another that was made of it.

    Args:
        source: the labelled file: a path, the bytes, or a binary stream.
        derived: what was made of it, in any format that has a place for the label.
        to: a path or a binary stream; by default ``derived`` itself if that is a path, and the
            bytes in ``Written.data`` otherwise.
        source_name: a name for ``source`` if it is bytes or a stream.
        name: a name for ``derived`` likewise.
        profile: as for :func:`aigc_label.label`.
        dry_run: plan everything, write nothing.
        allow_breaking_c2pa: as for :func:`aigc_label.label`.
        credentials: sign C2PA content credentials whose history is ``source``.
        sign: the key that has signed the original's label: sign it again, bound to what was made.
            Another key's signature is not replaced.

    Raises:
        NothingToPropagate: the source bears no label.
        LabelConflict: the source's labels disagree, or the derived file bears another one; or
            another key than ``sign`` has signed the original's label.
        CannotCarry: the derived file has no place for the label.
        AssetError: one of the files is unknown, damaged or over a limit.
        OSError: unwrapped, from the file system.
    """
    if to is None and isinstance(derived, (str, os.PathLike)):
        to = derived
    order = applying.ordered(derived, to, profile, dry_run=dry_run, breaking=allow_breaking_c2pa)
    with output.scratch() as scratch:
        with applying.opened(source, source_name) as original:
            seen = _facts(original)
            implicit = _carried(seen)
            if sign is not None:
                implicit = _unsigned(implicit, seen.labels, sign)
            if credentials is not None:
                credentials = _continuing(credentials, original, implicit, seen, scratch)
        with applying.opened(derived, name) as asset:
            fmt = registry.identify(asset)
            if fmt.plan is None:
                raise applying.no_place(fmt)
            before = _facts(asset)
            _refuse_another(before, implicit, seen.name)
            notes = _notes(seen, credentials, sign)
            if sign is not None:
                from aigc_label.trust import signing  # noqa: PLC0415 - most labels are not signed

                stands = before.labels
                implicit = signing.sealed(implicit, sign, asset, fmt, stands=stands, notes=notes)
            draft = Draft(
                source=asset,
                edited=applying.with_label(asset, fmt, implicit, before.labels),
                fmt=fmt,
                before=before.signals,
                implicit=implicit,
            )
            return applying.finished(draft, order, credentials, notes, scratch)


def _facts(asset: Asset) -> Inspection:
    seen = inspect(asset, perceive=False, verify=True)
    if seen.problem is not None:
        raise seen.problem
    return seen


def _carried(seen: Inspection) -> ImplicitLabel:
    if not seen.labels:
        raise NothingToPropagate("bears no label that could be carried over")
    return replace(applying.sole_label(seen.labels), origin=origin_of(seen), found=True)


def origin_of(seen: Inspection) -> Origin | None:
    """What a file states of its origin in IPTC's terms; ``None`` if nothing."""
    stated = [signal for signal in seen.signals if signal.scheme == "iptc"]
    term = next((signal.detail for signal in stated if signal.detail in TERMS), "")
    system = next((s.generator for s in stated if s.detail == "AISystemUsed"), None)
    start = f"{SYSTEM_VERSION} "
    version = next((s.detail[len(start) :] for s in stated if s.detail.startswith(start)), "")
    if not term and not system:
        return None
    return Origin(system=system or "", version=version, source_type=term)


def _continuing(
    credentials: Credentials,
    original: Asset,
    implicit: ImplicitLabel,
    seen: Inspection,
    scratch: Scratch,
) -> Credentials:
    """Credentials by which the derived file goes on from the original."""
    path = original.path
    if path is None:
        place = scratch(os.path.basename(original.name) or "original")
        with open(place, "wb") as stream:
            original.copy_to(stream, 0, original.size)
        path = os.fspath(place)
    made = credentials.origin or Origin()
    # A conversion makes nothing anew: the kind of source stays what it was, if that is known.
    told = (signal.detail for signal in seen.signals if signal.scheme == "c2pa")
    term = implicit.origin.term if implicit.origin else next((t for t in told if t in TERMS), "")
    if not term and implicit.attribution is Attribution.CONFIRMED:
        term = "trainedAlgorithmicMedia"
    origin = replace(made, action="edited", source_type=term)
    return replace(credentials, ingredient=path, origin=origin)


def _refuse_another(before: Inspection, implicit: ImplicitLabel, name: str) -> None:
    for found in before.labels:
        for key in _WHO:
            if found.fields.get(key, "") != implicit.fields[key]:
                raise LabelConflict(
                    f"bears another label than {os.path.basename(name)} ({found.carrier}: {key} is "
                    f"{found.fields.get(key, '')!r}, not {implicit.fields[key]!r}); a label may "
                    "not be overwritten"
                )


def _unsigned(
    implicit: ImplicitLabel, labels: Sequence[FoundLabel], key: SigningKey
) -> ImplicitLabel:
    """The label without the signature of this very key, which is about to be made anew."""
    for found in labels:
        worth = found.security
        if worth is not None and worth.status in _SOUND and worth.key == key.public.fingerprint:
            return replace(implicit, reserved_code1="", found=True)
    raise LabelConflict(
        "its label is not signed by this key, and somebody else's signature, or none, is not "
        "replaced; carry it over without a key"
    )


def _notes(seen: Inspection, credentials: Credentials | None, sign: SigningKey | None) -> list[str]:
    notes = []
    if credentials is None and any(signal.scheme == "c2pa" for signal in seen.signals):
        notes.append(
            "content credentials are about the bytes of the original and were not carried over"
        )
    bound = any(found.security and found.security.binding == "matches" for found in seen.labels)
    if bound and sign is None:
        notes.append(
            "its signature binds the label to the original's content, and checks of what was made "
            "of it will say so; its producer can sign it anew (--sign-key)"
        )
    return notes
