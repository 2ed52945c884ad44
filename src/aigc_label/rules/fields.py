"""Rules on the keys and values of the label (GB 45438-2025 Annex E)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import FoundLabel

_ANNEX_E = "GB 45438-2025 Annex E"
_DUE = ("Label", "ContentProducer", "ProduceID")
DUE_WHEN_PROPAGATED = ("ContentPropagator", "PropagateID")
BY_PRODUCER = Words("the producer: {command}", "由生成合成服务提供者执行：{command}")
BY_PLATFORM = Words(
    "the platform: aigc-label propagate {file} --propagator CODE --in-place",
    "由传播平台执行：aigc-label propagate {file} --propagator CODE --in-place",
)


def says_may_be(label: FoundLabel) -> bool:
    """Whether a platform wrote it for content whose producer it need not know (2 or 3)."""
    return label.fields.get("Label") in ("2", "3")


def _key_spelling(case: Case) -> Iterable[Hit]:
    """A key is not spelt as in Annex E.

    The seven keys are exact and case-sensitive. Drafts and vendors left other spellings behind
    (`ReserveCode1`, `Propagator`, `PropatorID`, `produceID`, a field called `aigc`), and strict
    readers do not see what stands under them. The value is shown here under the right name.

    **Fails:**

    ```json title="fails"
    {"Label":"1","contentProducer":"studio","ProducerID":"42"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42"}
    ```

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`.
    """
    for label in case.labels:
        if quirks := label.quirks:
            if "key-spelling" in quirks:
                yield Hit(label=label)
            if "lower-case-key" in quirks:
                yield Hit(words="keyword", label=label)


KEY_SPELLING = Rule(
    id="implicit.key-spelling",
    clause=_ANNEX_E,
    level="error",
    binding="shall",
    title=Words("the keys are spelt as in Annex E", "字段名与附录 E 一致"),
    messages={
        "fail": Words(
            "a key of the label is not spelt as in Annex E",
            "隐式标识的字段名与附录 E 规定的写法不一致",
        ),
        "keyword": Words(
            "the label's own keyword is not written AIGC",
            "隐式标识的扩展字段名未写作 AIGC",
        ),
    },
    advice={"fail": BY_PRODUCER, "keyword": BY_PRODUCER},
    judge=_key_spelling,
    needs="label",
)


def _key_unknown(case: Case) -> Iterable[Hit]:
    """The label has a key that Annex E does not know.

    The annex gives the object seven keys and no room for more; own information belongs into
    `ReservedCode1` (producer) or `ReservedCode2` (platform), or outside the label.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","Model":"v3"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ReservedCode1":"v3"}
    ```

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`; only the seven
    keys are written.
    """
    return [Hit(label=label) for label in case.labels if "key-unknown" in label.quirks]


KEY_UNKNOWN = Rule(
    id="implicit.key-unknown",
    clause=_ANNEX_E,
    level="error",
    binding="shall",
    title=Words("the label has only the keys of Annex E", "没有附录 E 以外的字段"),
    messages={
        "fail": Words(
            "the label has a key that Annex E does not know", "隐式标识含有附录 E 未规定的字段"
        )
    },
    advice={"fail": BY_PRODUCER},
    judge=_key_unknown,
    needs="label",
)


def _key_missing(case: Case) -> Iterable[Hit]:
    """A key that Annex E asks for is not there.

    `Label`, `ContentProducer` and `ProduceID` are due in every label; where `Label` is 2 or 3, a
    platform wrote it and need not know the producer, so a missing producer is only noted.
    `ContentPropagator` and `PropagateID` are due once the content has been propagated (the annex's
    first note has the producer fill them with its own values), which the file alone does not show:
    their absence is a note. The two reserved codes are optional.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"studio"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ContentPropagator":"","PropagateID":""}
    ```

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`; a platform adds
    its own two fields with `aigc-label propagate FILE --propagator CODE --in-place`.
    """
    for label in case.labels:
        fields = label.fields
        if len(fields) == 7:
            continue
        missing = [key for key in _DUE if key not in fields]
        if missing:
            relaxed = says_may_be(label)
            yield Hit(
                label=label,
                level="note" if relaxed else None,
                arguments={"keys": ", ".join(missing)},
            )
        missing = [key for key in DUE_WHEN_PROPAGATED if key not in fields]
        if missing:
            yield Hit(
                words="propagation",
                label=label,
                level="note",
                arguments={"keys": ", ".join(missing)},
            )


KEY_MISSING = Rule(
    id="implicit.key-missing",
    clause=_ANNEX_E,
    level="error",
    binding="shall",
    title=Words("the keys that Annex E asks for are there", "必需字段齐全"),
    messages={
        "fail": Words("the label lacks {keys}", "隐式标识缺少字段：{keys}"),
        "propagation": Words(
            "the label lacks {keys}: due once the content is propagated",
            "隐式标识缺少传播要素字段（内容传播后应当具备）：{keys}",
        ),
    },
    advice={"fail": BY_PRODUCER, "propagation": BY_PLATFORM},
    judge=_key_missing,
    needs="label",
)


def _label_value(case: Case) -> Iterable[Hit]:
    """`Label` is not the string 1, 2 or 3.

    1 says that the content is generated, 2 that it may be, 3 that it is suspected to be. Annex E
    gives the value as a string. A JSON number is understood by most readers, so it is a warning;
    a word (`AIGC`, an enum's name) or any other value is an error.

    **Fails:**

    ```json title="fails"
    {"Label":"AIGC","ContentProducer":"studio","ProduceID":"42"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42"}
    ```

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`.
    """
    for label in case.labels:
        value = label.fields.get("Label")
        if value not in ("1", "2", "3") and value is not None:
            yield Hit(label=label, arguments={"value": value})
        elif quirks := label.quirks:
            if "label-word" in quirks:
                yield Hit(words="word", label=label, arguments={"value": value})
            elif "label-number" in quirks:
                yield Hit(words="number", label=label, level="warning", arguments={"value": value})


LABEL_VALUE = Rule(
    id="implicit.label-value",
    clause=_ANNEX_E,
    level="error",
    binding="shall",
    title=Words('Label is the string "1", "2" or "3"', 'Label 为字符串 "1"、"2" 或 "3"'),
    messages={
        "fail": Words(
            'Label is "{value}"; only "1", "2" and "3" mean something',
            'Label 的值是“{value}”，只能是 "1"、"2" 或 "3"',
        ),
        "word": Words(
            'Label is written as a word or a name, not as "{value}"',
            'Label 写成了文字或枚举名，应为 "{value}"',
        ),
        "number": Words(
            'Label is the number {value}, not the string "{value}"',
            'Label 写成了数字 {value}，应为字符串 "{value}"',
        ),
    },
    advice={"fail": BY_PRODUCER, "word": BY_PRODUCER, "number": BY_PRODUCER},
    judge=_label_value,
    needs="label",
)
