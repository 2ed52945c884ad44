"""Keys, certificates and trust lists of a plan: it says where, and whoever works opens them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_label.errors import UsageError
from aigc_label.library.urls import absolute
from aigc_label.origin import Origin  # noqa: TC001 - dataclass fields are resolved at run time

if TYPE_CHECKING:
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.provenance.trust import Trust
    from aigc_label.trust.keys import SigningKey
    from aigc_label.trust.store import TrustStore

_PKCS12 = (".p12", ".pfx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs content credentials, as a plan may be kept: by paths, without any key.

    Attributes:
        chain: path of the certificates; see :class:`aigc_label.Credentials`, as for the others.
        key: path of the private key.
        tsa: address of a time-stamping service, ``""`` for none.
        origin: the generating system, where it is another one than the label states.
        ingredient: path of the file that was edited, ``""`` for none.
        training: ``"allowed"`` or ``"notAllowed"``; ``""`` says nothing.
        oversight: how a person took part; ``""`` says nothing.
        sidecar: put the credentials into files beside the results.
        repack: store the parts of documents uncompressed.
        required: a format that holds none is a failure; otherwise such a file bears its label
            without them, and its row says so.
    """

    chain: str
    key: str
    tsa: str = ""
    origin: Origin | None = None
    ingredient: str = ""
    training: str = ""
    oversight: str = ""
    sidecar: bool = False
    repack: bool = False
    required: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of what it needs."""
        return tuple(filter(None, (self.chain, self.key, self.ingredient)))

    def located(self) -> Signer:
        """The same with absolute paths."""
        return replace(
            self,
            chain=absolute(self.chain),
            key=absolute(self.key),
            ingredient=absolute(self.ingredient),
        )


@lru_cache(maxsize=4)
def credentials(signer: Signer) -> Credentials:
    """Certificates and key, opened.

    Raises:
        UsageError: they cannot be used.
    """
    from aigc_label.provenance.credentials import Credentials  # noqa: PLC0415 - seldom signed

    return Credentials.load(
        signer.chain,
        signer.key,
        tsa=signer.tsa or None,
        origin=signer.origin,
        ingredient=signer.ingredient or None,
        training=signer.training or None,
        oversight=signer.oversight or None,
        sidecar=signer.sidecar,
        repack=signer.repack,
    )


@lru_cache(maxsize=4)
def key(path: str, algorithm: str = "") -> SigningKey:
    """The key at a path; its password stands in the environment, and nowhere else.

    Args:
        path: of PEM or PKCS#12.
        algorithm: refuse a key for another one; ``""`` for any.

    Raises:
        UsageError: it cannot be used.
        MissingExtra: what signing takes is not installed.
    """
    from aigc_label.trust import keys  # noqa: PLC0415 - as above

    password = os.environ.get(keys.PASSWORD_VARIABLE)
    bundle = path.lower().endswith(_PKCS12)
    if not password and (bundle or keys.is_encrypted(path)):
        raise UsageError(f"{path}: the password is missing; set {keys.PASSWORD_VARIABLE}")
    opened = keys.SigningKey.from_pkcs12 if bundle else keys.SigningKey.from_pem
    found = opened(path, password)
    if algorithm and found.algorithm != algorithm:
        raise UsageError(f"{path}: a key for {found.algorithm}, not for {algorithm}")
    return found


@lru_cache(maxsize=4)
def store(path: str, day: str = "") -> TrustStore:
    """The trust store at a path.

    Args:
        path: of its TOML file.
        day: when the files were seen, as ``2026-03-01``; ``""`` for today.

    Raises:
        UsageError: it cannot be used.
        MissingExtra: what reading its keys takes is not installed.
    """
    import datetime as dt  # noqa: PLC0415 - most runs have no trust store

    from aigc_label.trust.store import TrustStore  # noqa: PLC0415 - as above

    try:
        seen = dt.date.fromisoformat(day) if day else None
    except ValueError:
        raise UsageError(f"not a date such as 2026-11-01: {day!r}") from None
    return TrustStore.load(path, seen)


@lru_cache(maxsize=4)
def trust(paths: tuple[str, ...], *, network: bool) -> Trust:
    """The trust lists at these paths, for content credentials.

    Raises:
        UsageError: one of them cannot be used.
    """
    from aigc_label.provenance.trust import Trust  # noqa: PLC0415 - most runs validate nothing

    return Trust.load(paths, network=network)


def forget() -> None:
    """Open everything anew: what stands at a path may be another thing than at the last run."""
    for each in (credentials, key, store, trust):
        each.cache_clear()
