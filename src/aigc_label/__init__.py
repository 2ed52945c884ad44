"""Labels AI-generated content as GB 45438-2025 asks, and checks the labels.

>>> from aigc_label import ExplicitLabel, ImplicitLabel, check, label
>>> made = ImplicitLabel(content_producer="ExampleStudio", produce_id="42")
>>> written = label("# A poem".encode(), made, explicit=ExplicitLabel(), name="poem.md")
>>> check(written.data, name="poem.md").ok
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aigc_label.api import check, label, propagate, read
    from aigc_label.carrying import carry
    from aigc_label.errors import (
        AigcLabelError,
        AssetError,
        CannotCarry,
        InvalidLabel,
        InvalidProfile,
        LabelConflict,
        LimitExceeded,
        Malformed,
        MissingExtra,
        NoMark,
        NoPlace,
        NothingToPropagate,
        NotSignable,
        ReadBackMismatch,
        UnknownFormat,
        UsageError,
    )
    from aigc_label.explicit_label import ExplicitLabel, Look, Sound
    from aigc_label.fixing import Fixed, fix
    from aigc_label.gate import Gate
    from aigc_label.generated import Samples
    from aigc_label.looks import OverlayCrop, overlay, overlay_crop
    from aigc_label.model import (
        Attribution,
        Evidence,
        Finding,
        FoundLabel,
        FoundMark,
        ImplicitLabel,
        Inspection,
        Medium,
        Report,
        Security,
        Signal,
        Written,
    )
    from aigc_label.origin import Origin
    from aigc_label.preset import load_preset
    from aigc_label.profile import Profile
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.provenance.trust import Trust
    from aigc_label.snippets import snippet
    from aigc_label.streaming import label_events, label_stream
    from aigc_label.trust.keys import SigningKey
    from aigc_label.trust.store import TrustStore

__version__ = "0.1.0"

_HOME = {
    "aigc_label.api": ("check", "label", "propagate", "read"),
    "aigc_label.carrying": ("carry",),
    "aigc_label.errors": (
        "AigcLabelError",
        "AssetError",
        "CannotCarry",
        "InvalidLabel",
        "InvalidProfile",
        "LabelConflict",
        "LimitExceeded",
        "Malformed",
        "MissingExtra",
        "NoMark",
        "NoPlace",
        "NotSignable",
        "NothingToPropagate",
        "ReadBackMismatch",
        "UnknownFormat",
        "UsageError",
    ),
    "aigc_label.model": (
        "Attribution",
        "Evidence",
        "Finding",
        "FoundLabel",
        "FoundMark",
        "ImplicitLabel",
        "Inspection",
        "Medium",
        "Report",
        "Security",
        "Signal",
        "Written",
    ),
    "aigc_label.explicit_label": ("ExplicitLabel", "Look", "Sound"),
    "aigc_label.fixing": ("Fixed", "fix"),
    "aigc_label.gate": ("Gate",),
    "aigc_label.generated": ("Samples",),
    "aigc_label.looks": ("OverlayCrop", "overlay", "overlay_crop"),
    "aigc_label.origin": ("Origin",),
    "aigc_label.preset": ("load_preset",),
    "aigc_label.profile": ("Profile",),
    "aigc_label.provenance.credentials": ("Credentials",),
    "aigc_label.provenance.trust": ("Trust",),
    "aigc_label.snippets": ("snippet",),
    "aigc_label.streaming": ("label_events", "label_stream"),
    "aigc_label.trust.keys": ("SigningKey",),
    "aigc_label.trust.store": ("TrustStore",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AigcLabelError",
    "AssetError",
    "Attribution",
    "CannotCarry",
    "Credentials",
    "Evidence",
    "ExplicitLabel",
    "Finding",
    "Fixed",
    "FoundLabel",
    "FoundMark",
    "Gate",
    "ImplicitLabel",
    "Inspection",
    "InvalidLabel",
    "InvalidProfile",
    "LabelConflict",
    "LimitExceeded",
    "Look",
    "Malformed",
    "Medium",
    "MissingExtra",
    "NoMark",
    "NoPlace",
    "NotSignable",
    "NothingToPropagate",
    "Origin",
    "OverlayCrop",
    "Profile",
    "ReadBackMismatch",
    "Report",
    "Samples",
    "Security",
    "Signal",
    "SigningKey",
    "Sound",
    "Trust",
    "TrustStore",
    "UnknownFormat",
    "UsageError",
    "Written",
    "__version__",
    "carry",
    "check",
    "fix",
    "label",
    "label_events",
    "label_stream",
    "load_preset",
    "overlay",
    "overlay_crop",
    "propagate",
    "read",
    "snippet",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing the package stays cheap."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - not needed until a name is

    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
