"""The ``SecurityData`` of TC260-PG-202511A: what ``ReservedCode1`` holds where a label is signed.

Read tolerantly, never raising, and bounded; written compactly in the order that real files have.
What is read differently from what is written: ``Type`` with spaces around it, the object without
its wrapper, ``PubSd``, and the names that vendors give to what they sign (``LabelMataData``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_ENTRIES = 16
"""Entries of one list that are looked at: real labels have two to four."""

METADATA, BINDING = "Md", "Bnd"
"""What a signature is over, in the guide's words."""

_LONGEST = 1 << 16
_TYPE = "TC260PG"
_SIGNED = {
    "md": METADATA,
    "labelmatadata": METADATA,  # sic, in real files
    "labelmetadata": METADATA,
    "bnd": BINDING,
    "binding": BINDING,
    "bindings": BINDING,
}


class Signature(NamedTuple):
    """One digital signature (``DS``).

    Attributes:
        algorithm: its object identifier.
        over: :data:`METADATA`, :data:`BINDING`, or the unknown name that stands there.
        value: the signature, ``b""`` if it is not hexadecimal.
        key_id: which key it names; 0 where it names none.
    """

    algorithm: str
    over: str
    value: bytes
    key_id: str = "0"


class KeyEntry(NamedTuple):
    """One public key (``PubKey``) in the encoding it was found in, or a certificate.

    Attributes:
        algorithm: its object identifier.
        value: the bytes.
        key_id: what signatures call it.
    """

    algorithm: str
    value: bytes
    key_id: str = "0"


class SecurityData(NamedTuple):
    """The object, as far as it is understood.

    Attributes:
        bindings: the entries that bind the label to content, as they stand.
        signatures: in the order of the file.
        keys: public keys.
        certificates: in DER.
    """

    bindings: tuple[dict[str, Any], ...] = ()
    signatures: tuple[Signature, ...] = ()
    keys: tuple[KeyEntry, ...] = ()
    certificates: tuple[KeyEntry, ...] = ()


def parse(text: str) -> SecurityData | None:
    """Read the object, or ``None`` if the text holds none. Never raises."""
    if len(text) > _LONGEST or "{" not in text:
        return None
    try:
        value = json.loads(text, strict=False)
        if isinstance(value, str):  # encoded once too often
            value = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        value = value.get("SecurityData", value)
    if not isinstance(value, dict) or str(value.get("Type", "")).strip() != _TYPE:
        return None
    signatures: list[Signature] = []
    keys: list[KeyEntry] = []
    certificates: list[KeyEntry] = []
    for entry in _entries(value.get("PubSD", value.get("PubSd"))):
        kind = str(entry.get("Type", "")).strip().lower()
        if kind == "ds":
            signatures.append(_signature(entry))
        elif kind == "pubkey":
            keys.append(_key(entry, "KeyValue"))
        elif "cert" in kind:
            certificates.append(_key(entry, "CertValue", "KeyValue", "Value", "Certificate"))
    return SecurityData(
        bindings=tuple(_entries(value.get("Bindings"))),
        signatures=tuple(signatures),
        keys=tuple(keys),
        certificates=tuple(certificates),
    )


def dump(data: SecurityData) -> str:
    """The text for ``ReservedCode1``.

    ``Cert`` and ``CertValue`` are names of ours: the guide provides for certificates, but how it
    names them is not known.
    """
    published: list[dict[str, Any]] = [
        {
            "Type": "DS",
            "AlgID": signature.algorithm,
            "TBSData": {"Type": signature.over},
            "Signature": signature.value.hex(),
            "KeyID": int(signature.key_id),
        }
        for signature in data.signatures
    ]
    for kind, member, entries in (
        ("PubKey", "KeyValue", data.keys),
        ("Cert", "CertValue", data.certificates),
    ):
        published += [
            {
                "Type": kind,
                "AlgID": entry.algorithm,
                member: entry.value.hex(),
                "KeyID": int(entry.key_id),
            }
            for entry in entries
        ]
    inner: dict[str, Any] = {"Type": _TYPE, "Version": 1}
    if data.bindings:
        inner["Bindings"] = list(data.bindings)
    inner["PubSD"] = published
    return compact({"SecurityData": inner})


def compact(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON without a space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def messages(fields: Mapping[str, str]) -> tuple[bytes, ...]:
    """What a producer signs (annex A.1), first as we write it.

    The elements of the producer in Annex E's order, with quotes, without braces and spaces. A
    second form only where a value is not ASCII: some programs escape what JSON need not.
    """
    signed = {key: fields.get(key, "") for key in ("Label", "ContentProducer", "ProduceID")}
    plain = compact(signed)[1:-1].encode("utf-8", "surrogatepass")
    if plain.isascii():
        return (plain,)
    escaped = json.dumps(signed, separators=(",", ":"))[1:-1].encode("ascii")
    return (plain, escaped)


def binding_messages(bindings: Sequence[Mapping[str, Any]]) -> tuple[bytes, ...]:
    """What may be signed over bindings: one entry as compact JSON, or the list of all."""
    try:
        texts = [compact(entry) for entry in bindings]
        if bindings:
            texts.append(compact(list(bindings)))
    except (ValueError, RecursionError):  # nested as deeply as it could just be read
        return ()
    return tuple(text.encode("utf-8", "surrogatepass") for text in texts)


def _entries(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):  # one entry where a list belongs
        value = [value]
    if not isinstance(value, list):
        return []
    return [entry for entry in value[:MOST_ENTRIES] if isinstance(entry, dict)]


def _signature(entry: Mapping[str, Any]) -> Signature:
    signed = entry.get("TBSData")
    over = str(signed.get("Type", "")) if isinstance(signed, dict) else ""
    return Signature(
        algorithm=_text(entry, "AlgID"),
        over=_SIGNED.get(over.strip().lower(), over.strip()),
        value=unhexed(_text(entry, "Signature")),
        key_id=_text(entry, "KeyID") or "0",
    )


def _key(entry: Mapping[str, Any], *members: str) -> KeyEntry:
    value = next((found for name in members if (found := _text(entry, name))), "")
    return KeyEntry(_text(entry, "AlgID"), unhexed(value), _text(entry, "KeyID") or "0")


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return str(value).strip() if isinstance(value, (str, int)) else ""


def unhexed(text: str) -> bytes:
    """The bytes that a text gives in hexadecimal, ``b""`` if it does not."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
