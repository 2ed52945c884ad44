"""Which options an action of ``batch run`` uses: what it does not is refused, not passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.cli import marks
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_WRITES = ("label", "propagate", "fix")
USED_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("dest", "in-place", "keep-originals", "force"), _WRITES),
    "allow-breaking-c2pa": _WRITES,
    "producer": ("label", "fix"),
    "label": ("label",),
    "reserved-code": ("label", "propagate"),
    "propagator": ("label", "propagate", "check"),
    "declared": ("propagate", "check"),
    "explicit": ("label", "fix", "check"),
    "profile": ("check", "fix"),
    "fail-on": ("check",),
    "exit-zero": ("check",),
    "only": ("check",),
    "lang": ("check", "fix"),
    **dict.fromkeys(marks.KEYS, ("label", "fix")),
    **dict.fromkeys(("sign-key", "sign-alg"), ("label", "fix")),
    **dict.fromkeys(("origin", "system", "source-type"), ("label",)),
    "c2pa": ("label", "propagate", "check"),
    **dict.fromkeys(("c2pa-cert", "c2pa-key", "c2pa-generator"), ("label", "propagate")),
    **dict.fromkeys(("tsa", "c2pa-sidecar", "c2pa-repack"), ("label", "propagate")),
    "c2pa-required": ("label", "propagate"),
    **dict.fromkeys(("trust", "trust-on", "c2pa-trust", "c2pa-network"), ("check",)),
    **dict.fromkeys(("c2pa-input", "c2pa-oversight", "c2pa-training"), ("label",)),
}
"""The actions that use an option; all of them use one that is not named here."""


def given(values: Mapping[str, object]) -> set[str]:
    """The options that are given, by their names without dashes."""
    return {
        name.replace("_", "-")
        for name, value in values.items()
        if value not in (None, False) or (name == "explicit" and value is not None)
    }


def refuse(action: str, named: Collection[str], *, explicit: bool) -> None:
    """Refuse options that would change nothing.

    Args:
        action: what is done.
        named: the options that the command line and the plan's file give.
        explicit: whether a mark is asked for.

    Raises:
        UsageError: naming the first of them.
    """
    for name in sorted(named):
        users = USED_BY.get(name)
        if users is not None and action not in users:
            raise UsageError(
                f"--action {action} does not use --{name}, which belongs to --action "
                f"{' or '.join(users)}; leave it out"
            )
    mark = next((name for name in marks.KEYS if name in named), None)
    if mark and not explicit:
        raise UsageError(f"--{mark} is about the mark, and --no-explicit asks for none")
    if "unlisted" in named and "manifest" not in named:
        raise UsageError("--unlisted is about files that a manifest does not name; give --manifest")
    if "force" in named and "dest" not in named:
        raise UsageError("--force is about files at the destination; in place there are none")
    if "jobs" in named and "scheduler" in named:
        raise UsageError("--jobs is about this machine; a scheduler's workers are its own")
