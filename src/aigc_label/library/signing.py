"""The key of a plan: the plan says where it stands, and whoever works opens it there."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_label.errors import UsageError
from aigc_label.trust import keys

if TYPE_CHECKING:
    from aigc_label.trust.keys import SigningKey

_PKCS12 = (".p12", ".pfx")


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
    password = os.environ.get(keys.PASSWORD_VARIABLE)
    bundle = path.lower().endswith(_PKCS12)
    if not password and (bundle or keys.is_encrypted(path)):
        raise UsageError(f"{path}: the password is missing; set {keys.PASSWORD_VARIABLE}")
    opened = keys.SigningKey.from_pkcs12 if bundle else keys.SigningKey.from_pem
    found = opened(path, password)
    if algorithm and found.algorithm != algorithm:
        raise UsageError(f"{path}: a key for {found.algorithm}, not for {algorithm}")
    return found
