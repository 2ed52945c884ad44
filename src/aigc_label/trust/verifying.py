"""Verifying ``SecurityData``: what a label's signatures are worth.

In the order of the steps: is there anything to verify; which signatures are over what; is each good
by a key that the trust store has, or by one in the label; does the binding fit the content. Unknown
algorithms, messages and selections are *unsupported*, never *failed*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import security
from aigc_label.errors import MissingExtra
from aigc_label.model import Security
from aigc_label.trust import bindings
from aigc_label.trust.public import ALGORITHMS, decoded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from aigc_label.carriers.security import SecurityData, Signature
    from aigc_label.trust.bindings import Match
    from aigc_label.trust.public import Algorithm, PublicKey
    from aigc_label.trust.store import Producer, TrustStore

_TRIES, _TRIES_A_KEY = 32, 16
_GRAVITY = ("failed", "verified", "intact", "unsupported")
"""Of several signatures over the label, the first of these that occurs counts."""


class _Patience:
    """How many more verifications a label may cost, so that none keeps a checker busy."""

    __slots__ = ("left",)

    def __init__(self, producer: Producer | None) -> None:
        self.left = _TRIES + _TRIES_A_KEY * (0 if producer is None else len(producer.keys))

    def ends(self) -> bool:
        """Count one more; whether it is one too many."""
        self.left -= 1
        return self.left < 0


class _Case(NamedTuple):
    """One label's security information, and who is to be believed when."""

    data: SecurityData
    producer: Producer | None
    day: dt.date | None
    patience: _Patience


class _Outcome(NamedTuple):
    """What one signature is worth, and which of the messages it is over."""

    security: Security
    message: bytes = b""


def verify(
    fields: Mapping[str, str],
    content: Callable[[Mapping[str, Any]], Match] | None = None,
    trust: TrustStore | None = None,
) -> Security:
    """What the security information of a label is worth. Never raises.

    Only the producer's is verified: what a platform signs in ``ReservedCode2`` is not known.

    Args:
        fields: the label's, as they were read.
        content: says whether an entry of ``Bindings`` was made for the content; asked only for
            an entry that is signed and known. ``None`` where there is no content to ask about.
        trust: whom to believe; nobody if ``None``.
    """
    producer = None if trust is None else trust.of(fields.get("ContentProducer", ""))
    try:
        found = _verified(fields, content, trust, producer)
    except MissingExtra:  # nobody looked: that neither passes nor fails
        return Security(status="unsupported", detail="not-installed")
    if producer is None or found.status == "failed":
        return found
    if producer.signs and found.status in ("absent", "unsupported"):
        return replace(found, status="failed", detail="unsigned")
    if producer.binds and found.binding != "matches":
        return replace(found, status="failed", detail="unbound")
    return found


def _verified(
    fields: Mapping[str, str],
    content: Callable[[Mapping[str, Any]], Match] | None,
    trust: TrustStore | None,
    producer: Producer | None,
) -> Security:
    code = fields.get("ReservedCode1", "")
    if not code:
        if fields.get("ReservedCode2"):
            return Security(status="unsupported", detail="platform-only")
        return Security(status="absent")
    data = security.parse(code)
    if data is None:
        return Security(status="unsupported", detail="opaque")
    if not data.signatures:
        return Security(status="unsupported", detail="no-signature")
    day = trust.today if trust is not None else None
    case = _Case(data, producer, day, _Patience(producer))
    over_label: list[_Outcome] = []
    over_bindings: list[_Outcome] = []
    for signature in data.signatures:
        if signature.over == security.METADATA:
            messages = security.messages(fields)
            over_label.append(_outcome(signature, messages, case))
        elif signature.over == security.BINDING:
            messages = security.binding_messages(data.bindings)
            over_bindings.append(_outcome(signature, messages, case))
    if not over_label:
        return Security(status="unsupported", detail="unknown-message")
    worth = min(
        (each.security for each in over_label), key=lambda each: _GRAVITY.index(each.status)
    )
    if worth.status in ("failed", "unsupported"):
        return worth
    return _bound(worth, fields, data, over_bindings, content)


def _outcome(
    signature: Signature,
    messages: tuple[bytes, ...],
    case: _Case,
) -> _Outcome:
    """What one signature over one of several possible messages is worth."""
    data, producer, day, patience = case
    algorithm = ALGORITHMS.get(signature.algorithm)
    if algorithm is None:
        return _Outcome(Security(status="unsupported", detail="unknown-algorithm"))
    tried = False
    if producer is not None and day is not None:
        for trusted in producer.keys:
            if trusted.key.algorithm != algorithm:
                continue
            tried = True
            if (good := _good(trusted.key, signature, messages, patience)) is None:
                continue
            if trusted.revoked is not None and day >= trusted.revoked:
                worth = replace(good.security, status="failed", detail="revoked")
            elif trusted.not_before <= day <= trusted.not_after:
                worth = replace(good.security, status="verified")
            else:
                worth = replace(good.security, detail="out-of-date")
            return good._replace(security=worth)
    for key, certificate in _own_keys(algorithm, signature, data):
        tried = True
        if (good := _good(key, signature, messages, patience)) is None:
            continue
        if producer is None or day is None:
            return good
        worth = replace(good.security, status="failed", detail="foreign-key")
        if certificate and _is_backed(certificate, data, producer, day):
            worth = replace(good.security, status="verified")
        return good._replace(security=worth)
    if tried:
        return _Outcome(Security(status="failed", detail="changed", algorithm=algorithm))
    return _Outcome(Security(status="unsupported", detail="no-key", algorithm=algorithm))


def _good(
    key: PublicKey, signature: Signature, messages: tuple[bytes, ...], patience: _Patience
) -> _Outcome | None:
    for message in messages:
        if patience.ends():
            return None
        variant = key.verify(message, signature.value)
        if variant is not None:
            worth = Security(
                status="intact",
                algorithm=key.algorithm,
                variant=variant,
                key=key.fingerprint,
            )
            return _Outcome(worth, message)
    return None


def _own_keys(
    algorithm: Algorithm, signature: Signature, data: SecurityData
) -> Iterator[tuple[PublicKey, bytes]]:
    """The keys in the label that a signature may be of, each with its certificate, if it has one.

    Those that it names; all of them where it names none that is there.
    """
    from aigc_label.trust import certificates  # noqa: PLC0415 - 30 ms where there are any

    found: tuple[PublicKey, ...]
    for entries, certified in ((data.keys, False), (data.certificates, True)):
        named = [each for each in entries if each.key_id == signature.key_id]
        for entry in named or entries:
            if certified:
                key = certificates.public_key(entry.value)
                found = (key,) if key is not None and key.algorithm == algorithm else ()
            else:
                found = decoded(algorithm, entry.value)
            yield from ((each, entry.value if certified else b"") for each in found)


def _is_backed(certificate: bytes, data: SecurityData, producer: Producer, day: dt.date) -> bool:
    from aigc_label.trust import certificates  # noqa: PLC0415 - as above

    others = [each.value for each in data.certificates if each.value != certificate]
    return certificates.is_backed(certificate, others, producer.authorities, day)


def _bound(
    worth: Security,
    fields: Mapping[str, str],
    data: SecurityData,
    outcomes: list[_Outcome],
    content: Callable[[Mapping[str, Any]], Match] | None,
) -> Security:
    """The same, with what the bindings say about the content.

    A binding counts when it is signed by the key that signed the label, and names its number.
    """
    if not data.bindings:
        return replace(worth, binding="absent")
    known = [entry for entry in data.bindings if bindings.is_known(entry)]
    if not known:
        return replace(worth, binding="unsupported")
    signed = {each.message for each in outcomes if each.security.key == worth.key}
    for entry in known:
        if signed.isdisjoint(security.binding_messages([entry])):
            # Whoever wrote it has signed it: by nobody, or by another key, is a change.
            unknown = outcomes and all(each.security.status == "unsupported" for each in outcomes)
            status = worth.status if unknown else "failed"
            return replace(worth, status=status, detail="binding-changed", binding="unsupported")
        if str(entry.get("ProduceID")) != fields.get("ProduceID", ""):
            return replace(worth, status="failed", detail="replayed", binding="differs")
        match = "unsupported" if content is None else content(entry)
        if match == "differs":
            return replace(worth, status="failed", detail="moved", binding="differs")
        if match == "unsupported":
            return replace(worth, binding="unsupported")
    return replace(worth, binding="matches")
