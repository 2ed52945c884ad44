"""URLs of stores: what they must not hold, and how they are shown."""

from __future__ import annotations

import os
import re

from aigc_label.errors import UsageError

_USER = re.compile(r"(?<=://)[^/@\s]*@")
_QUERY = re.compile(r"(://[^\s?'\"]*\?)[^\s'\"]+")
_SECRET = re.compile(
    r"(?i)[?&](?:[^&=]*(?:signature|credential|token|secret|password|accesskey|authkey)[^&=]*|sig)="
)


def masked(text: str) -> str:
    """A text whose URLs show neither users and passwords nor queries, which may be signed."""
    return _QUERY.sub(r"\1***", _USER.sub("***@", text))


def refuse_secrets(url: str) -> None:
    """Refuse a URL that holds what must not get into ledgers and reports.

    Raises:
        UsageError: it names a user or a password, or its query is signed.
    """
    for part in url.split("::"):
        if _USER.search(part) or _SECRET.search(part):
            raise UsageError(
                f"{masked(url)} holds credentials, and ledgers and reports show URLs; give them in "
                "the environment or in fsspec's configuration"
            )


def shown(path: str) -> str:
    """A path, or a URL as messages may show it: without users, passwords and signatures."""
    if "://" not in path:
        return path
    signed = scheme_of(path) in ("http", "https")
    return masked(path.partition("?")[0] if signed else path)


def absolute(path: str) -> str:
    """A path that means the same from any folder; a URL does anyway, and ``""`` is none."""
    return path if not path or "://" in path else os.path.abspath(path)


def scheme_of(url: str) -> str:
    """What stands before ``://``, of chained URLs in the first of them; in lower case."""
    return url.partition("::")[0].partition("://")[0].lower()


def below(url: str, other: str) -> str:
    """How the names of files below a URL begin, told from another one that it is below.

    ``"/"`` if both are the same, ``""`` if it is not below it, or one of them is no URL.
    """
    inner, outer = (f"{each.rstrip('/')}/" for each in (url, other))
    if "://" not in url or "://" not in other or not inner.startswith(outer):
        return ""
    return inner[len(outer) :] or "/"
