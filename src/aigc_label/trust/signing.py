"""Writing ``SecurityData``: the label's signature, and its binding to the content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label.carriers import security
from aigc_label.errors import Malformed, UsageError
from aigc_label.trust import bindings
from aigc_label.trust.keys import SigningKey
from aigc_label.trust.public import OIDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.model import FoundLabel, ImplicitLabel


def refuse(implicit: ImplicitLabel | None, key: object) -> None:
    """Refuse what cannot be signed, before any work is done.

    Raises:
        UsageError: saying why.
    """
    if not isinstance(key, SigningKey):
        raise UsageError(f"sign must be a SigningKey or None, not {type(key).__name__}")
    if implicit is None:
        raise UsageError("sign signs the implicit label, and none is asked for")
    if implicit.reserved_code1:
        raise UsageError("the signature goes into ReservedCode1; give that or a key, not both")


def sealed(
    implicit: ImplicitLabel,
    key: SigningKey,
    asset: Asset | None,
    fmt: Format,
    *,
    stands: Sequence[FoundLabel],
    notes: list[str],
) -> ImplicitLabel:
    """The label signed and bound to the content of an asset, as it will be written into it.

    Args:
        implicit: the label, its other fields as they will be written.
        key: the producer's.
        asset: the content, its marks drawn already; ``None`` where it will be packed anew later,
            so that there is nothing yet to bind to.
        fmt: its format.
        stands: the labels that it bears; a signature there that says the same stays.
        notes: takes what the caller should know.

    Raises:
        UsageError: as :func:`signed`.
        MissingExtra: as :func:`signed`.
    """
    content, missing = _content(asset, fmt)
    if content is None:
        notes.append(f"signed, but not bound to its content: {missing}")
    before = stands[0].fields.get("ReservedCode1", "") if len(stands) == 1 else ""
    return signed(implicit, key, content, before)


def _content(asset: Asset | None, fmt: Format) -> tuple[bytes | None, str]:
    """The hash to bind to; or ``None``, and why."""
    if asset is None:
        return None, "its parts are packed anew for the content credentials"
    try:
        return bindings.digest(asset, fmt), f"that of {fmt.id} cannot be told from the rest"
    except Malformed as error:
        return None, error.reason


def signed(
    implicit: ImplicitLabel, key: SigningKey, content: bytes | None, before: str = ""
) -> ImplicitLabel:
    """The label with its signature in ``ReservedCode1``.

    Args:
        implicit: the label, its fields as they will be written.
        key: the producer's.
        content: the hash of the content it is for (:func:`bindings.digest`), ``None`` to bind it
            to none.
        before: the ``ReservedCode1`` that the file bears already. It stays where it says the same
            by the same key: signatures are random, and a second run shall change nothing.

    Raises:
        UsageError: the key signs what it cannot verify.
        MissingExtra: what it takes is not installed.
    """
    fields = implicit.fields
    code = before if before and _says(before, fields, key, content) else _code(fields, key, content)
    return replace(implicit, reserved_code1=code, found=True)


def _code(fields: Mapping[str, str], key: SigningKey, content: bytes | None) -> str:
    oid = OIDS[key.algorithm]
    message = security.messages(fields)[0]
    signatures = [security.Signature(oid, security.METADATA, key.sign(message))]
    entries = () if content is None else (bindings.entry(content, fields["ProduceID"]),)
    if entries:
        over = key.sign(security.binding_messages(entries)[0])
        signatures.append(security.Signature(oid, security.BINDING, over))
    certificates = tuple(security.KeyEntry(oid, each) for each in key.certificates)
    return security.dump(
        security.SecurityData(
            bindings=entries,
            signatures=tuple(signatures),
            keys=() if certificates else (security.KeyEntry(oid, key.public.value),),
            certificates=certificates,
        )
    )


def _says(code: str, fields: Mapping[str, str], key: SigningKey, content: bytes | None) -> bool:
    """Whether a ``ReservedCode1`` is what this key would write now, but for the signatures."""
    found = security.parse(code)
    if found is None:
        return False
    entries = () if content is None else (bindings.entry(content, fields["ProduceID"]),)
    oid = OIDS[key.algorithm]
    expected = [(oid, security.METADATA, security.messages(fields)[0])]
    if entries:
        expected.append((oid, security.BINDING, security.binding_messages(entries)[0]))
    return (
        found.bindings == entries
        and tuple(each.value for each in found.certificates) == key.certificates
        and [each.value for each in found.keys] == ([] if key.certificates else [key.public.value])
        and len(found.signatures) == len(expected)
        and all(
            (each.algorithm, each.over) == (algorithm, over)
            and key.public.verify(message, each.value) == "plain"
            for each, (algorithm, over, message) in zip(found.signatures, expected, strict=True)
        )
    )
