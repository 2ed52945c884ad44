"""Whom to believe when content credentials are validated, and what may be fetched for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

USES = (
    "1.3.6.1.5.5.7.3.4",  # e-mail protection
    "1.3.6.1.5.5.7.3.36",  # document signing
    "1.3.6.1.4.1.311.76.59.1.9",  # Microsoft's media signing
    "1.3.6.1.4.1.62558.2.1",  # C2PA's claim signing
)
"""Extended key usages of certificates that sign content credentials. Without this list c2pa takes
only the first for valid, and calls those of most AI services invalid."""

_LARGEST_LIST = 16 << 20
_HELD = 16  # MiB in memory before c2pa goes on in a temporary file


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Trust anchors for the validation of content credentials.

    Attributes:
        anchors: certificates in PEM form, one after another; ``""`` trusts nobody, and then a
            sound credential is ``valid`` but not ``trusted``.
        network: whether what stands elsewhere (remote manifests, OCSP answers) may be fetched.
    """

    anchors: str = ""
    network: bool = False

    @classmethod
    def load(cls, paths: Iterable[str | os.PathLike[str]], *, network: bool = False) -> Trust:
        """Read trust lists from files.

        Raises:
            UsageError: a file cannot be read, or holds no certificate.
        """
        texts = []
        for path in paths:
            shown = os.fspath(path)
            data = read_file(path, "trust list", most=_LARGEST_LIST)
            if b"-----BEGIN CERTIFICATE-----" not in data:
                raise UsageError(f"{shown} holds no certificate in PEM form")
            texts.append(data.decode("ascii", "replace"))
        return cls(anchors="\n".join(texts), network=network)


def read_file(path: str | os.PathLike[str], what: str, *, most: int = 1 << 20) -> bytes:
    """A file that the caller named.

    Raises:
        UsageError: it cannot be read, or is too long to be what it should be.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"the {what} {os.fspath(path)}: {error.strerror}") from None
    if len(data) > most:
        raise UsageError(f"{os.fspath(path)} is too long for a {what}")
    return data


def settings(trust: Trust, **core: object) -> dict[str, Any]:
    """The settings of c2pa for one run.

    Args:
        trust: the anchors, and whether the network may be used.
        core: further settings of its group ``core``.
    """
    anchors = {"trust_anchors": trust.anchors} if trust.anchors else {}
    hosts: dict[str, object] = {} if trust.network else {"allowed_network_hosts": []}
    return {
        "version": 1,
        "trust": {**anchors, "trust_config": "\n".join(USES)},
        "verify": {
            "remote_manifest_fetch": trust.network,
            "ocsp_fetch": trust.network,
            "verify_after_sign": False,  # the whole of it is read back anyway
        },
        "builder": {"thumbnail": {"enabled": False}},
        "core": {"backing_store_memory_threshold_in_mb": _HELD, **hosts, **core},
    }
