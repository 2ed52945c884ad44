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

    Which platform it should be, the file does not say. A profile does, by its key
    `propagator = "CODE"`; then another platform's elements are stale, too.

    **Fails:** a label whose `PropagateID` equals its `ProduceID`; a label with the elements of the
    platform that the content came from.

    **Passes:** a label with a platform's name in `ContentPropagator` and its own number in
    `PropagateID`.

    **To mend:** `aigc-label propagate FILE --propagator CODE --in-place`.
    """
    label = case.labels[0]
    made = label.fields.get("ContentProducer", ""), label.fields.get("ProduceID", "")
    passed_on = label.fields.get("ContentPropagator", ""), label.fields.get("PropagateID", "")
    if not all(passed_on):
        return (Hit(words="incomplete" if any(passed_on) else "fail", label=label),)
    if passed_on[1] == made[1]:
        return (Hit(words="copied", label=label),)
    if case.propagator and passed_on[0] != case.propagator:
        names = {"found": passed_on[0], "own": case.propagator}
        return (Hit(words="another", label=label, arguments=names),)
    return ()


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
        "incomplete": Words(
            "one of ContentPropagator and PropagateID is empty",
            "ContentPropagator 与 PropagateID 中有一项为空",
        ),
        "copied": Words(
            "the propagation elements are still the producer's: PropagateID equals ProduceID",
            "传播要素仍与生成合成服务提供者的相同（PropagateID 与 ProduceID 一致），"
            "传播平台尚未写入",
        ),
        "another": Words(
            "the propagation elements are those of {found}, not of {own}",
            "传播要素属于 {found}，不是 {own}",
        ),
    },
    advice=dict.fromkeys(("fail", "incomplete", "copied", "another"), _PROPAGATE),
    judge=_stale,
    needs="label",
)
