"""What a platform owes to content that passes through it (Measures art. 6, GB 45438-2025 6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.rule import Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.rules.rule import Case


def _stale(case: Case) -> Iterable[Hit]:
    """The label names no platform yet: its propagation elements are empty, or still the producer's.

    At first writing the propagation elements equal the producer's (Annex E, note 1); a platform
    that distributes the content writes its own over them (article 6 of the Measures). So this is
    as it should be when a file comes in, and a slip when it goes out: the rule is off unless the
    profile is one of a platform's, such as `gb45438-platform`.

    **Fails:** a label whose `PropagateID` equals its `ProduceID`.

    **Passes:** a label with a platform's name in `ContentPropagator` and its own number in
    `PropagateID`.

    **To mend:** `aigc-label propagate FILE --propagator CODE --in-place`.
    """
    label = case.labels[0]
    made = label.fields.get("ContentProducer", ""), label.fields.get("ProduceID", "")
    passed_on = label.fields.get("ContentPropagator", ""), label.fields.get("PropagateID", "")
    if all(passed_on) and passed_on != made:
        return ()
    words = "copied" if any(passed_on) else "fail"
    return (Hit(words=words, label=label),)


_PROPAGATE = Words(
    "the platform: aigc-label propagate {file} --propagator CODE --in-place",
    "由传播平台执行：aigc-label propagate {file} --propagator CODE --in-place",
)

STALE = Rule(
    id="implicit.propagator-stale",
    clause="Measures art. 6; GB 45438-2025 Annex E",
    level="warning",
    binding="shall",
    title=Words("the platform has written its elements", "传播平台已写入传播要素"),
    messages={
        "fail": Words(
            "no platform has written its propagation elements yet",
            "传播要素为空，传播平台尚未写入",
        ),
        "copied": Words(
            "the propagation elements are still the producer's",
            "传播要素仍与生成合成服务提供者的相同，传播平台尚未写入",
        ),
    },
    advice={"fail": _PROPAGATE, "copied": _PROPAGATE},
    judge=_stale,
    needs="label",
)
