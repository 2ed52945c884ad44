"""Reports as the rules make them, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from aigc_label import profile, rules
from aigc_label.errors import Malformed, UnknownFormat
from aigc_label.model import (
    FoundLabel,
    FoundMark,
    ImplicitLabel,
    Inspection,
    Medium,
    Report,
    Signal,
)

PRODUCER = "001191110102MACQD9K64010000"
FIELDS = ImplicitLabel(content_producer=PRODUCER, produce_id="42").fields


def report(*, lang: str = "en", only: rules.Only = None, **facts: Any) -> Report:
    """A report on a PNG of 123 bytes without labels, unless told otherwise."""
    inspection = Inspection(
        **{
            "name": "a.png",
            "size": 123,
            "format": "png",
            "medium": Medium.IMAGE,
            "homes": ("png.xmp",),
            **facts,
        }
    )
    case = rules.Case(inspection=inspection, only=only)
    chosen = profile.load()
    findings = rules.judge(case, chosen, lang)
    return Report(
        inspection=inspection,
        profile=chosen.id,
        ok=not any(chosen.fails(finding) for finding in findings),
        attribution=rules.attribution(case),
        findings=findings,
        evidence=rules.chain(case, lang),
    )


def label(**changes: Any) -> FoundLabel:
    return FoundLabel(**{"carrier": "png.xmp", "fields": FIELDS, "home": True, **changes})


MARK = FoundMark(
    kind="text", text="AI生成", place="bottom-right", box=(1, 2, 3, 4), ratio=0.06, at=(0.0, 2.0)
)
SIGNAL = Signal(scheme="c2pa", ai=True, generator="ChatGPT", detail="trainedAlgorithmicMedia")


def clean(**changes: Any) -> Report:
    return report(**{"labels": (label(),), "marks": (MARK,), **changes})


def sample(lang: str = "en") -> list[Report]:
    """One of each kind: clean, not looked at, unlabelled, plain text, broken, unknown."""
    return [
        clean(lang=lang, name="clean.png"),
        report(lang=lang, name="open.png", labels=(label(),)),
        report(lang=lang, name="bare.png", marks=(), signals=(SIGNAL,)),
        report(lang=lang, name="a.txt", format="text", medium=Medium.TEXT, homes=(), marks=(MARK,)),
        report(lang=lang, name="cut.png", problem=Malformed("chunk IDAT is cut", offset=33)),
        report(
            lang=lang, name="x.bin", format=None, medium=None, homes=(), problem=UnknownFormat("?")
        ),
    ]
