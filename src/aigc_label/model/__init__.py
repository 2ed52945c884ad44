"""The values users meet: labels to write, facts that were read, judgements on them."""

from __future__ import annotations

from aigc_label.model.facts import (
    FoundLabel,
    FoundMark,
    Inspection,
    Observation,
    Security,
    SecurityStatus,
    Signal,
    security_of,
)
from aigc_label.model.judgements import Binding, Evidence, Finding, Kind, Level, Report
from aigc_label.model.labels import FIELDS, Attribution, ImplicitLabel, Medium
from aigc_label.model.results import Written
from aigc_label.model.texts import counted, printable

__all__ = [
    "FIELDS",
    "Attribution",
    "Binding",
    "Evidence",
    "Finding",
    "FoundLabel",
    "FoundMark",
    "ImplicitLabel",
    "Inspection",
    "Kind",
    "Level",
    "Medium",
    "Observation",
    "Report",
    "Security",
    "SecurityStatus",
    "Signal",
    "Written",
    "counted",
    "printable",
    "security_of",
]
