"""Rules on what the label says: who made the content, and whether its values fit (Annex E)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.fields import BY_PLATFORM, BY_PRODUCER, DUE_WHEN_PROPAGATED, says_may_be
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable


def _producer_missing(case: Case) -> Iterable[Hit]:
    """`ContentProducer` is empty in a label that says "is generated".

    The name or code of the generation service is one of the three things that article 5 of the
    Measures asks for. Where `Label` is 2 or 3, a platform wrote the label and need not know the
    producer; the standard is silent on what stands there then, and empty is accepted.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"","ProduceID":"42"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"2","ContentProducer":"","ProduceID":"","ContentPropagator":"desk","PropagateID":"7"}
    ```

    **To mend:** `aigc-label fix FILE --producer CODE --in-place`.
    """
    return _empty(case, "ContentProducer")


def _produce_id_missing(case: Case) -> Iterable[Hit]:
    """`ProduceID` is empty in a label that says "is generated".

    The content's number, unique with the producer, is one of the three things that article 5 of
    the Measures asks for; without it the producer cannot be asked about this very file. Its form
    is free, a UUID does. Where `Label` is 2 or 3, empty is accepted.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"studio","ProduceID":""}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42"}
    ```

    **To mend:** `aigc-label fix FILE --producer CODE --in-place` (gives it a new number), or
    `--produce-id ID` for the number that the producer's log has.
    """
    return _empty(case, "ProduceID")


def _empty(case: Case, key: str) -> Iterable[Hit]:
    return [
        Hit(label=label)
        for label in case.labels
        if not label.fields.get(key, "?").strip() and not says_may_be(label)
    ]


PRODUCER_MISSING = Rule(
    id="implicit.producer-missing",
    clause="GB 45438-2025 6.1 a; Measures art. 5",
    level="error",
    binding="shall",
    title=Words("the producer is named", "写明生成合成服务提供者"),
    messages={
        "fail": Words(
            "ContentProducer is empty, which only Label 2 and 3 allow",
            "ContentProducer 为空（仅 Label 为 2 或 3 时允许为空）",
        )
    },
    advice={"fail": BY_PRODUCER},
    judge=_producer_missing,
    needs="label",
)

PRODUCE_ID_MISSING = Rule(
    id="implicit.produce-id-missing",
    clause="GB 45438-2025 6.1 a; Measures art. 5",
    level="error",
    binding="shall",
    title=Words("the content has a number", "写明内容制作编号"),
    messages={
        "fail": Words(
            "ProduceID is empty, which only Label 2 and 3 allow",
            "ProduceID 为空（仅 Label 为 2 或 3 时允许为空）",
        )
    },
    advice={"fail": BY_PRODUCER},
    judge=_produce_id_missing,
    needs="label",
)


def _state(case: Case) -> Iterable[Hit]:
    """`Label` 2 or 3 does not fit what else the label says.

    These two values are a platform's: it writes them, with its own name and number, for content
    that its user declares (2) or that bears traces of generation (3), while no producer's label is
    there (article 6 of the Measures). A producer who is named knows that the content is generated
    and would write 1; and without the platform's name and number nobody vouches for the 2 or 3.
    The opposite, 1 without a producer, is `implicit.producer-missing`.

    **Fails:**

    ```json title="fails"
    {"Label":"3","ContentProducer":"studio","ProduceID":"42","ContentPropagator":"desk","PropagateID":"7"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"3","ContentProducer":"","ProduceID":"","ContentPropagator":"desk","PropagateID":"7"}
    ```

    **To mend:** the producer runs `aigc-label label FILE --producer CODE --label 1 --in-place`; or
    the platform writes its fields with `aigc-label propagate FILE --propagator CODE --in-place`.
    """
    for label in case.labels:
        if not says_may_be(label):
            continue
        fields = label.fields
        value = fields["Label"]
        if fields.get("ContentProducer", "").strip():
            yield Hit(label=label, arguments={"value": value})
        missing = [key for key in DUE_WHEN_PROPAGATED if not fields.get(key, "").strip()]
        if missing:
            yield Hit(
                words="propagator",
                label=label,
                arguments={"value": value, "keys": ", ".join(missing)},
            )


STATE = Rule(
    id="implicit.state",
    clause="Measures art. 6; GB 45438-2025 Annex E",
    level="warning",
    binding="shall",
    title=Words("Label fits what else is written", "Label 与其他字段相符"),
    messages={
        "fail": Words(
            "Label is {value}, which a platform writes when it knows no producer, but "
            "ContentProducer names one",
            "Label 为 {value}（由平台在没有生产要素时写入），但 ContentProducer 不为空",
        ),
        "propagator": Words(
            "Label is {value}, which a platform writes, but {keys} is empty or missing",
            "Label 为 {value}（由平台写入），但 {keys} 为空或缺失",
        ),
    },
    advice={
        "fail": Words(
            "the producer, if the content is its own: aigc-label label {file} "
            "--producer {producer} --label 1 --no-explicit --in-place",
            "若内容确由该服务提供者生成，由其执行：aigc-label label {file} --producer {producer} "
            "--label 1 --no-explicit --in-place",
        ),
        "propagator": BY_PLATFORM,
    },
    judge=_state,
    needs="label",
)
