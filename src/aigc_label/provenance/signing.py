"""Signing a finished file, and holding the result to what it should say."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label import essence
from aigc_label.asset import open_asset
from aigc_label.errors import (
    AssetError,
    CannotCarry,
    Malformed,
    NotSignable,
    ReadBackMismatch,
    UsageError,
)
from aigc_label.model import printable
from aigc_label.origin import SOURCE_TYPES
from aigc_label.provenance import kinds, library, manifest, reading, repacking, streams
from aigc_label.provenance.trust import Trust, settings

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.output import Scratch
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.provenance.manifest import Statement

_SOUND = ("valid", "trusted")


class Parent(NamedTuple):
    """The file that a content continues from: one received, or the one that was edited.

    Attributes:
        asset: the file.
        format_id: id of its format.
    """

    asset: Asset
    format_id: str


class Job(NamedTuple):
    """A file to be signed.

    Attributes:
        asset: the file with its labels in place; it stays open.
        fmt: its format.
        about: what the manifest states.
        credentials: who signs.
        parent: the file it continues from, if any.
    """

    asset: Asset
    fmt: Format
    about: Statement
    credentials: Credentials
    parent: Parent | None = None


class Signed(NamedTuple):
    """A signed file, not yet delivered.

    Attributes:
        asset: the file with its credentials inside; with a sidecar, the one that was given.
        store: the manifest store for a file beside it, ``None`` where it stands inside.
    """

    asset: Asset
    store: bytes | None = None


def signed(job: Job, scratch: Scratch) -> Signed:
    """Sign an asset and validate what came of it.

    Args:
        job: the file, and what is to be said of it.
        scratch: gives paths for large results.

    Raises:
        NotSignable: the format holds no credentials as its files are stored.
        CannotCarry: this file cannot be signed; the text says what to do.
        ReadBackMismatch: what was signed does not validate, or was damaged by it.
        UsageError: the certificate is not one for content credentials.
    """
    kind = kind_for(job.fmt, job.credentials)
    if kind == kinds.ANY:
        store = _sign(job, kind, {}, _Nowhere())
        _hold(job, job.asset, kind, store)
        return Signed(job.asset, store)
    with contextlib.ExitStack() as stack:
        if job.fmt.id in kinds.ARCHIVES and not repacking.is_stored(job.asset):
            if not job.credentials.repack:
                raise NotSignable(
                    "C2PA signs documents only where their parts are stored uncompressed: ask for "
                    "that (--c2pa-repack), or for credentials beside the file (--c2pa-sidecar)"
                )
            plain = repacking.stored(job.asset, scratch)
            job = job._replace(asset=stack.enter_context(plain))
        core = kinds.tree(job.asset, job.fmt)
        result = _embedded(job, kind, core, scratch)
        try:
            _hold(job, result, kind, None)
        except BaseException:
            result.close()
            raise
    return Signed(result)


def kind_for(fmt: Format, credentials: Credentials) -> str:
    """c2pa's name for the format, and :data:`kinds.ANY` where the credentials stand beside it.

    Raises:
        NotSignable: they shall stand inside, and the format has no place for them.
    """
    if credentials.sidecar:
        return kinds.ANY
    if fmt.id not in kinds.NAMES:
        raise NotSignable(
            f"{fmt.id} cannot hold content credentials; put them into a file beside it "
            "(--c2pa-sidecar), or sign another format"
        )
    return kinds.NAMES[fmt.id]


def _embedded(job: Job, kind: str, core: dict[str, object], scratch: Scratch) -> Asset:
    """The signed file, in memory or, where it is large, in a scratch file."""
    name = job.asset.name
    if job.asset.size <= streams.IN_MEMORY:
        buffer = io.BytesIO()
        _sign(job, kind, core, buffer)
        return open_asset(buffer.getvalue(), name=name)
    path = scratch(f"signed{os.path.splitext(name)[1]}")
    with open(path, "w+b") as file:
        _sign(job, kind, core, file)
    return open_asset(path, name=name)


def _sign(job: Job, kind: str, core: dict[str, object], target: Any) -> bytes:
    """Sign into a stream; return the manifest store."""
    c2pa = library.load()

    with contextlib.ExitStack() as stack:
        source = stack.enter_context(streams.readable(job.asset))
        try:
            context = c2pa.Context.from_dict(settings(Trust(), **core))
            stack.callback(context.close)
            stated = manifest.definition(job.about, job.credentials)
            builder = c2pa.Builder(stated, context=context)
            stack.callback(builder.close)
            if kind == kinds.ANY:
                builder.set_no_embed()
            if job.parent is not None:
                received = stack.enter_context(streams.readable(job.parent.asset))
                named = {"relationship": "parentOf", "label": manifest.PARENT, "title": "received"}
                builder.add_ingredient(named, reading.kind_of(job.parent.format_id), received)
            signer = stack.enter_context(_signer(job.credentials))
            return bytes(builder.sign(signer, kind, source, target))
        except c2pa.C2paError as error:
            raise _refusal(error, job) from None


class _Nowhere(io.RawIOBase):
    """Where the copy goes that c2pa makes of a file whose credentials stand beside it."""

    _at = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset if whence == os.SEEK_SET else self._at + offset
        return self._at

    def write(self, data: Any) -> int:
        self._at += len(data)
        return len(data)


def _signer(credentials: Credentials) -> Any:
    c2pa = library.load()

    if callable(credentials.key):
        algorithm = c2pa.C2paSigningAlg[credentials.algorithm.upper()]
        chain = credentials.chain.decode("ascii", "replace")
        return c2pa.Signer.from_callback(credentials.key, algorithm, chain, credentials.tsa)
    tsa = None if credentials.tsa is None else credentials.tsa.encode()
    algorithm = credentials.algorithm.encode()
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(algorithm, credentials.chain, credentials.key, tsa)
    )


def _refusal(error: Exception, job: Job) -> Exception:
    """c2pa's own error, as one of ours."""
    text = " ".join(str(error).split())
    if "certificate is invalid" in text or "certificate was not valid" in text:
        return UsageError(
            f"c2pa refuses the certificate: {text}; it must be in force, and for claim signing, "
            "document signing or e-mail protection"
        )
    if job.credentials.tsa is not None and text.startswith("Signature"):
        return CannotCarry(f"no time stamp came from {job.credentials.tsa}: {text}")
    if job.parent is not None and text.startswith(("Verify", "Signature")):
        whose = printable(os.path.basename(job.parent.asset.name), 120)
        return CannotCarry(
            f"c2pa cannot continue from the credentials of {whose} ({text}); "
            "get it as it was signed"
        )
    return CannotCarry(
        f"c2pa cannot sign this file ({text}); save it anew with another program, or put the "
        "credentials into a file beside it (--c2pa-sidecar)"
    )


def _hold(job: Job, after: Asset, kind: str, store: bytes | None) -> None:
    """Hold a signed file to what it should be.

    c2pa signs some files without an error that then do not validate, and finds some valid that it
    has damaged itself (0.91.3: HEIC), so both are asked: c2pa, and the essence.
    """
    with streams.readable(after) as stream:
        try:
            verdict = reading.validated(stream, kind, Trust(), store)
        except AssetError as error:
            raise ReadBackMismatch(
                f"signed, but {error.reason}; put the credentials into a file beside it "
                f"(--c2pa-sidecar); {_NOTHING}"
            ) from None
    problems = ", ".join(verdict.problems)
    if verdict.state not in _SOUND:
        raise ReadBackMismatch(f"the signed file does not validate ({problems}); {_NOTHING}")
    fields = job.about.implicit.fields if job.about.implicit is not None else None
    if verdict.fields != fields or verdict.source_type != job.about.source_type.removeprefix(
        SOURCE_TYPES
    ):
        raise ReadBackMismatch(f"the credentials do not read back as written; {_NOTHING}")
    if after is job.asset:
        return
    try:
        for _ in job.fmt.read(after):
            pass
        same = essence.digest(after, job.fmt) == essence.digest(job.asset, job.fmt)
    except Malformed:
        same = False
    if not same:
        raise ReadBackMismatch(
            "signing would damage this file, by a fault of c2pa; put the credentials into a file "
            f"beside it (--c2pa-sidecar); {_NOTHING}"
        )


_NOTHING = "nothing was replaced"
