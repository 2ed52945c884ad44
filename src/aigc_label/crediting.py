"""Signing content credentials as the last step of a write, and validating those of a file."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label import output, registry
from aigc_label.asset import open_asset
from aigc_label.delivery import BESIDE
from aigc_label.errors import AssetError, UsageError
from aigc_label.model import Attribution, Signal
from aigc_label.origin import SOURCE_TYPES, TERMS, Origin
from aigc_label.provenance import reading, streams
from aigc_label.provenance.manifest import Statement
from aigc_label.provenance.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.delivery import Draft, Target
    from aigc_label.model import ImplicitLabel, Inspection, Observation, Written
    from aigc_label.output import Scratch
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.provenance.signing import Parent, Signed


_BARE_JXL = b"\xff\x0a"


def bound(seen: Iterable[Observation]) -> Signal | None:
    """The C2PA credentials that a file bears, whose hash binds them to its bytes."""
    return next((s for s in seen if isinstance(s, Signal) and s.scheme == "c2pa"), None)


def refuse(fmt: Format, credentials: Credentials, implicit: ImplicitLabel | None) -> None:
    """Refuse what cannot be signed before any work is done.

    Raises:
        NotSignable: the format has no place for credentials, and none beside it was asked for.
        UsageError: the label says that it may be, or is suspected to be, generated: credentials
            state that a system made it, and nobody may sign that on a suspicion.
    """
    from aigc_label.provenance import signing  # noqa: PLC0415 - most writes sign nothing

    signing.kind_for(fmt, credentials)
    if implicit is not None and implicit.attribution is not Attribution.CONFIRMED:
        raise UsageError(
            "content credentials state who made a content, and Label "
            f"{implicit.attribution.code} says that this is not known; label it 1, or sign nothing"
        )


@contextlib.contextmanager
def laid_out(
    asset: Asset, fmt: Format, credentials: Credentials, scratch: Scratch
) -> Iterator[Asset]:
    """The asset as it can be signed: a document's parts uncompressed, if that was asked for.

    So a label that is bound to the content is bound to the bytes that it will stand among.

    Raises:
        AssetError: as of :mod:`aigc_label.provenance.repacking`.
    """
    from aigc_label.provenance import kinds, repacking  # noqa: PLC0415 - seldom asked for

    asked = credentials.repack and not credentials.sidecar and fmt.id in kinds.ARCHIVES
    if not asked or repacking.is_stored(asset):
        yield asset
        return
    with repacking.stored(asset, scratch) as plain:
        yield plain


def signed(
    draft: Draft, credentials: Credentials, scratch: Scratch, *, to: Target, dry_run: bool
) -> Signed | None:
    """Sign a draft; ``None`` where nothing changed and the credentials still hold.

    Those that stand beside it go with it, wherever it goes.

    Raises:
        UsageError: the certificate cannot sign.
        AssetError: as :func:`aigc_label.provenance.signing.signed`.
    """
    from aigc_label.provenance import signing  # noqa: PLC0415 - most writes sign nothing

    if dry_run:
        credentials = replace(credentials, tsa=None)  # asks nobody
    earlier = bound(draft.before)
    standing = _standing(draft, credentials, earlier)
    if standing is not None:
        return standing if standing.store is not None and _goes_away(draft, to, dry_run) else None
    with contextlib.ExitStack() as stack:
        parent = _parent(draft, credentials, earlier, stack)
        job = signing.Job(
            asset=draft.edited,
            fmt=draft.fmt,
            about=_statement(draft, credentials, earlier, parent),
            credentials=credentials,
            parent=parent,
        )
        return signing.signed(job, scratch)


def _standing(draft: Draft, credentials: Credentials, earlier: Signal | None) -> Signed | None:
    """The credentials of a file that hold for the result too; ``None`` if there are none."""
    from aigc_label.provenance.signing import Signed  # noqa: PLC0415 - as above

    if draft.edited is not draft.source:
        return None
    store = None
    if credentials.sidecar:
        path = draft.source.path and reading.beside(draft.source.path)
        if not path:
            return None
        store = reading.store_beside(path)
    elif earlier is None:
        return None
    try:
        verdict = _verdict(draft.source, draft.fmt.id, Trust(), store)
    except AssetError:
        return None
    ours = draft.implicit is None or verdict.fields == draft.implicit.fields
    return Signed(draft.source, store) if ours and verdict.state != "invalid" else None


def _goes_away(draft: Draft, to: Target, dry_run: bool) -> bool:  # noqa: FBT001 - one of three
    """Whether a result does not stay where its source is, beside its credentials."""
    if to is None:
        return not dry_run
    if not isinstance(to, (str, os.PathLike)) or draft.source.path is None:
        return True
    try:
        return not os.path.samefile(draft.source.path, to)
    except OSError:  # it is not there yet
        return True


def _parent(
    draft: Draft,
    credentials: Credentials,
    earlier: Signal | None,
    stack: contextlib.ExitStack,
) -> Parent | None:
    from aigc_label.provenance.signing import Parent  # noqa: PLC0415 - as above

    if draft.platform or earlier is not None:
        bare = draft.source.head.startswith(
            _BARE_JXL
        )  # hashed as it is: c2pa reads it in boxes only
        return Parent(draft.source, "" if bare else draft.fmt.id)
    if credentials.ingredient is None:
        return None
    asset = stack.enter_context(open_asset(credentials.ingredient))
    try:
        return Parent(asset, registry.identify(asset).id)
    except AssetError:
        return Parent(asset, "")  # it is hashed as it is


def _statement(
    draft: Draft, credentials: Credentials, earlier: Signal | None, parent: Parent | None
) -> Statement:
    origin = _origin(draft.implicit, credentials)
    surely = draft.implicit is None or draft.implicit.attribution is Attribution.CONFIRMED
    ours = surely and not draft.platform
    term = origin.source_type or (origin.term if ours else "")
    # What was received speaks of the content; a label says no more than that a system made it.
    if earlier is not None and earlier.detail in TERMS and not origin.source_type:
        term = earlier.detail
    producer = draft.implicit.content_producer if draft.implicit is not None else ""
    made = ours and earlier is None
    if made and origin.action == "edited" and parent is None:
        raise UsageError(
            "credentials of edited content name what was edited: give that file (--c2pa-input FILE)"
        )
    return Statement(
        implicit=draft.implicit,
        step="made" if made else "marked" if draft.marked else "noted",
        origin=origin,
        signer=draft.platform or producer or "aigc-label",
        source_type=SOURCE_TYPES + term if term else "",
        has_parent=parent is not None,
    )


def _origin(implicit: ImplicitLabel | None, credentials: Credentials) -> Origin:
    """What the signer states of the origin; where it says nothing, what the label states."""
    stated = (implicit and implicit.origin) or Origin()
    ours = credentials.origin or Origin()
    named = ours if ours.system else stated
    edited = "edited" in (stated.action, ours.action) or credentials.ingredient is not None
    return Origin(
        system=named.system,
        version=named.version,
        action="edited" if edited else "created",
        source_type=ours.source_type or stated.source_type,
        identity=ours.identity or stated.identity,
    )


def completed(written: Written, signed: Signed) -> Written:
    """What was written, and the credentials with it: a file beside it gets them now.

    Raises:
        OSError: unwrapped.
    """
    if signed.store is None:
        return replace(written, credentials="embedded")
    if written.target is not None and not written.dry_run:
        with output.staged(f"{written.target}{BESIDE}") as staged:
            staged.file.write(signed.store)
            staged.commit()
    return replace(written, credentials="sidecar", changed=True, sidecar=signed.store)


def validated(asset: Asset, seen: Inspection, trust: Trust | None) -> Inspection:
    """The same facts, those about content credentials validated.

    Where c2pa could not look, the signal says why in ``problem``, with no state. What the look
    without c2pa has found stays.
    """
    found = bound(seen.signals)
    beside = reading.beside(asset.path) if found is None and asset.path else None
    if found is None and not beside and not reading.holds(seen.format):
        return seen
    place = f"beside ({os.path.basename(beside)})" if beside else ""
    signal = found or Signal(scheme="c2pa", ai=None, detail="manifest present", carrier=place)
    try:
        store = reading.store_beside(beside) if beside else None
        verdict = _verdict(asset, seen.format, trust or Trust(), store)
    except reading.NoCredentials:
        if found is None:
            return seen
        why = "c2pa finds no content credentials in the place where C2PA wants them"
        signal = replace(signal, problem=why)
    except AssetError as error:
        if found is None and not beside and not isinstance(error, reading.Elsewhere):
            return seen
        signal = replace(signal, problem=error.reason)
    else:
        signal = _told(signal, verdict)
    others = tuple(s for s in seen.signals if s is not found)
    return replace(seen, signals=(signal, *others))


def _told(signal: Signal, verdict: reading.Verdict) -> Signal:
    """What was seen of the credentials, with what their validation says."""
    term = verdict.source_type
    return replace(
        signal,
        ai=True if "algorithmic" in term.lower() and "trained" in term.lower() else signal.ai,
        detail=term if term in TERMS else signal.detail,
        generator=signal.generator or verdict.generator or None,
        action=signal.action or (verdict.actions[0] if verdict.actions else None),
        state=verdict.state,
        signer=verdict.signer or None,
        problem=", ".join(verdict.problems),
    )


def _verdict(
    asset: Asset, format_id: str | None, trust: Trust, store: bytes | None
) -> reading.Verdict:
    with streams.readable(asset) as stream:
        return reading.validated(stream, reading.kind_of(format_id), trust, store)
