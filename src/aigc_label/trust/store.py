"""The trust store: which keys speak for which producer, from when to when.

```toml
[[producer]]
code = "001191310104MACE0YX63918020"       # ContentProducer, exactly
signs = true                               # optional: a label of theirs without a signature fails
binds = true                               # optional: one that is not bound to its content fails

[[producer.key]]
file = "stepfun.pem"                       # a public key or certificate, beside this file
not-before = 2025-09-01                    # optional
not-after = 2027-12-31                     # optional
revoked = 2026-06-01                       # optional

[[producer.key]]
hex = "3059301306072a8648ce3d02..."        # or as it stands in KeyValue
algorithm = "sm2"                          # sm2 unless it says otherwise

[[producer.authority]]
file = "our-ca.pem"                        # its certificates count as the producer's
subject = ["O=Example Studio"]             # those with these parts in their subject
```

A label does not say when it was signed. So dates are compared with the day on which a file was
seen: today, or the day that is given.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aigc_label.errors import UsageError
from aigc_label.trust import keys, pem
from aigc_label.trust.certificates import Authority, period
from aigc_label.trust.public import OIDS, PublicKey, decoded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

_KEYS: dict[str, dict[str, type]] = {
    "": {"producer": list},
    "producer": {"code": str, "signs": bool, "binds": bool, "key": list, "authority": list},
    "key": {
        "file": str,
        "hex": str,
        "algorithm": str,
        "not-before": dt.date,
        "not-after": dt.date,
        "revoked": dt.date,
    },
    "authority": {"file": str, "subject": list, "revoked": dt.date},
}


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key of a producer.

    Attributes:
        key: the key.
        not_before: the first day on which it counts.
        not_after: the last one.
        revoked: the day from which nothing signed by it can be believed.
    """

    key: PublicKey
    not_before: dt.date = dt.date.min
    not_after: dt.date = dt.date.max
    revoked: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Producer:
    """What is known of a producer.

    Attributes:
        code: its name or code, as it stands in ``ContentProducer``.
        keys: those it signs with.
        authorities: those that issue certificates to it.
        signs: every label of it is signed.
        binds: every label of it is bound to its content.
    """

    code: str
    keys: tuple[TrustedKey, ...] = ()
    authorities: tuple[Authority, ...] = ()
    signs: bool = False
    binds: bool = False


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Which keys speak for which producer.

    Attributes:
        producers: by their code.
        day: the day to compare dates with; ``None`` for today.
    """

    producers: tuple[Producer, ...] = ()
    day: dt.date | None = None
    _by_code: dict[str, Producer] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {each.code: each for each in self.producers})

    @classmethod
    def load(cls, path: str | os.PathLike[str], day: dt.date | None = None) -> Self:
        """Read a trust store.

        Args:
            path: the TOML file; files that it names stand relative to its folder.
            day: when the files to check were seen; today if ``None``.

        Raises:
            UsageError: it cannot be read, or says something that means nothing here.
            MissingExtra: what it takes to read keys is not installed.
        """
        import tomllib  # noqa: PLC0415 - most runs have no trust store

        name, data = pem.content(os.fspath(path))
        try:
            table = tomllib.loads(data.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{name}: not valid TOML: {error}") from None
        try:
            _understood(table, "")
            listed = [_producer(each, os.path.dirname(name)) for each in table.get("producer", [])]
            if not listed:
                raise UsageError("it names no [[producer]], so nothing could be trusted")
            if len({each.code for each in listed}) < len(listed):
                raise UsageError("two [[producer]] tables have the same code")
        except UsageError as error:
            raise type(error)(f"{name}: {error}") from None
        return cls(tuple(listed), day)

    def of(self, code: str) -> Producer | None:
        """What is known of a producer, ``None`` if nothing is."""
        return self._by_code.get(code)

    @property
    def today(self) -> dt.date:
        """The day to compare dates with."""
        return self.day or dt.datetime.now(dt.UTC).date()


def _understood(table: Mapping[str, Any], kind: str) -> None:
    """Every key known, every value of its type.

    Raises:
        UsageError: otherwise.
    """
    where = {"": "the file", "producer": "[[producer]]"}.get(kind, f"[[producer.{kind}]]")
    for key, value in table.items():
        expected = _KEYS[kind].get(key)
        if expected is None:
            raise UsageError(f"{where} knows no {key!r}; it knows {', '.join(_KEYS[kind])}")
        if not isinstance(value, expected) or isinstance(value, dt.datetime):
            words = {str: "a string", bool: "true or false", list: "a list", dt.date: "a date"}
            raise UsageError(f"{key} in {where} must be {words[expected]}, not {value!r}")
        if isinstance(value, list):
            item = str if key == "subject" else dict
            if not all(isinstance(each, item) for each in value):
                raise UsageError(f"{key} in {where} is written in the wrong form")


def _producer(table: Mapping[str, Any], folder: str) -> Producer:
    _understood(table, "producer")
    code = table.get("code", "")
    if not code:
        raise UsageError("a [[producer]] has no code")
    try:
        trusted = tuple(_key(each, folder) for each in table.get("key", []))
        authorities = tuple(_authority(each, folder) for each in table.get("authority", []))
    except UsageError as error:
        raise type(error)(f"producer {code!r}: {error}") from None
    if not trusted and not authorities:
        raise UsageError(f"producer {code!r}: neither key nor authority is given")
    return Producer(
        code, trusted, authorities, table.get("signs", False), table.get("binds", False)
    )


def _key(table: Mapping[str, Any], folder: str) -> TrustedKey:
    _understood(table, "key")
    first, last = dt.date.min, dt.date.max
    if ("file" in table) == ("hex" in table):
        raise UsageError("a key has either file or hex")
    if "file" in table:
        if "algorithm" in table:
            raise UsageError("algorithm goes with hex; a file says it itself")
        key, chain = keys.read_public(os.path.join(folder, table["file"]))
        if chain and (valid := period(chain[0])) is not None:
            first, last = valid
    else:
        algorithm = table.get("algorithm", "sm2")
        if algorithm not in OIDS:
            raise UsageError(f"algorithm must be sm2, rsa or ecdsa, not {algorithm!r}")
        try:
            value = bytes.fromhex(table["hex"])
        except ValueError:
            value = b""
        found = decoded(algorithm, value)
        if len(found) != 1:  # the bare x of a point stands for two keys
            raise UsageError(f"hex is no key for {algorithm}: {table['hex'][:40]!r}")
        key = found[0]
    return TrustedKey(
        key,
        not_before=table.get("not-before", first),
        not_after=table.get("not-after", last),
        revoked=table.get("revoked"),
    )


def _authority(table: Mapping[str, Any], folder: str) -> Authority:
    _understood(table, "authority")
    if "file" not in table:
        raise UsageError("an authority has a file with its certificate")
    _, chain = keys.read_public(os.path.join(folder, table["file"]))
    if not chain:
        raise UsageError(f"{table['file']}: an authority is a certificate, not a bare key")
    return Authority(chain[0], tuple(table.get("subject", ())), table.get("revoked"))
