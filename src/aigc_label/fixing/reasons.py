"""Why a finding is not for ``fix`` to mend: what only a person, or somebody else, can settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.model import Finding

_DECIDE = "only a person can settle that"
_LOOK = (
    "a mark may stand there that nobody has seen or heard, so none was drawn; if there is none, "
    "`aigc-label label` draws one"
)
_REASONS = {
    "file.": "the file itself is not mended",
    "explicit.lower-case": "the words that stand there are not changed",
    "explicit.open": _LOOK,
    "explicit.": "no mark was asked for, or none could be drawn",
    "implicit.missing": "nothing was written",
    "implicit.missing-but-declared-elsewhere": "the statement of another scheme is not changed",
    "implicit.contradicted": f"two schemes disagree, and {_DECIDE}",
    "implicit.misplaced": "no guide names a better place in this format",
    "implicit.propagator-stale": "it is for the platform to write",
    "implicit.state": f"whether the content is generated or may be: {_DECIDE}",
    "implicit.charset": "names and numbers are not changed, as others know the content by them",
    "implicit.producer-code": "another code would make it another's label",
    "implicit.security": "signatures are not made here",
    "implicit.": _DECIDE,
}
_DRAWN = "a mark was drawn, for which this content leaves no more room or time"
_UNMARKABLE = "no mark can be put into this format: show it around the content (aigc-label snippet)"


def why(found: Finding, *, unmarkable: bool = False, drawn: bool = False) -> str:
    """Why a finding stands after a fix: one clause without its full stop.

    Args:
        found: the finding on the result.
        unmarkable: whether the format takes no explicit mark.
        drawn: whether one was drawn.
    """
    if found.kind == "notApplicable":
        return "it does not apply"
    if (unmarkable or drawn) and found.rule.startswith("explicit.") and found.kind == "fail":
        return _DRAWN if drawn else _UNMARKABLE
    if found.kind == "open" and not found.rule.startswith("explicit."):
        return "nobody could look"
    matching = [key for key in _REASONS if found.rule == key or _covers(key, found.rule)]
    return _REASONS[max(matching, key=len)] if matching else _DECIDE


def _covers(key: str, rule: str) -> bool:
    return key.endswith(".") and rule.startswith(key)
