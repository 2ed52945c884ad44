"""The 27-character provider code of TC260-PG-20252A.

``00`` version, one digit subject type, one digit binding type, 18 characters of subject
identifier (for organisations the Unified Social Credit Code), 5 characters of service extension.
A free name is just as legal in ``ContentProducer``; only what has a code's shape is held to it.
"""

from __future__ import annotations

import re

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_ORGANISATION = r"0011[0-9A-HJ-NP-RTUWXY]{18}[0-9A-Z]{5}"
_CODE_LIKE = r"00[12][0-9][0-9A-Z]{16,}"


def uscc_check_character(first17: str) -> str:
    """The 18th character of a Unified Social Credit Code (GB 32100-2015).

    Args:
        first17: the first 17 characters, all from the code's own alphabet.
    """
    total = sum(
        _USCC_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(first17)
    )
    return _USCC_ALPHABET[-total % 31]


def looks_like_code(name: str) -> bool:
    """Whether ``name`` is meant as a code rather than as a free name."""
    return re.fullmatch(_CODE_LIKE, name) is not None


def fault(name: str) -> str | None:
    """What is wrong with a producer or propagator code, or ``None``.

    Free names and the codes of individuals, whose padding the guide leaves open, pass.
    """
    if not looks_like_code(name):
        return None
    if len(name) != 27:
        return f"a provider code has 27 characters, this one has {len(name)}"
    if not name.startswith("0011"):
        return None
    if re.fullmatch(_ORGANISATION, name) is None:
        return "characters 5 to 22 are not a Unified Social Credit Code"
    expected = uscc_check_character(name[4:21])
    if name[21] != expected:
        return (
            f"the Unified Social Credit Code {name[4:22]} fails its check character "
            f"(GB 32100: {expected} expected, {name[21]} found)"
        )
    return None
