"""Rules on provider codes (TC260-PG-20252A)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_label import producer_code
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import FoundLabel

_is_faulty = lru_cache(maxsize=4096)(producer_code.fault)  # a folder repeats a handful of codes


def _producer_code(case: Case) -> Iterable[Hit]:
    """A provider code has a wrong form.

    A producer or platform gives its name or its code. TC260-PG-20252A builds the code of an
    organisation from `0011`, its 18-character Unified Social Credit Code and 5 characters for the
    service: 27 in all, digits and capitals. The credit code ends in a check character (GB 32100),
    by which a mistyped one is found. Free names are legal and pass; so do the codes of individuals,
    whose padding the guide leaves open.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"001191110102MACQD9K64110000","ProduceID":"42"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"001191110102MACQD9K64010000","ProduceID":"42"}
    ```

    **To mend:** compose the code again from the business licence and label the file as it was
    before with it: `aigc-label label FILE --producer CODE --in-place`. A label that names another
    code is not overwritten, since nobody can tell a slip from another provider (article 10).
    """
    for label in case.labels:
        fields = label.fields
        producer = fields.get("ContentProducer", "")
        if _is_faulty(producer):
            yield _described(label, "ContentProducer", producer)
        propagator = fields.get("ContentPropagator", "")
        if propagator != producer and _is_faulty(propagator):
            yield _described(label, "ContentPropagator", propagator)


def _described(label: FoundLabel, key: str, code: str) -> Hit:
    """Which of the faults it is, for words in both languages."""
    arguments: dict[str, object] = {"key": key, "code": code, "length": len(code)}
    words = "shape"
    if len(code) != 27:
        words = "length"
    else:
        try:
            expected = producer_code.uscc_check_character(code[4:21])
        except ValueError:  # a character that no credit code has
            expected = code[21]
        if expected != code[21]:
            words = "check"
            arguments |= {"credit": code[4:22], "expected": expected, "found": code[21]}
    return Hit(words=words, label=label, arguments=arguments)


_COMPOSE = Words(
    "compose the code again: 0011, the 18-character Unified Social Credit Code, 5 characters for "
    "the service (00000 if unused); then label the file as it was before with it: "
    "aigc-label label FILE --producer CODE --in-place",
    "请重新编制编码：0011 + 18 位统一社会信用代码 + 5 位服务扩展码（不使用时为 00000），"
    "再对未标识的原文件执行：aigc-label label FILE --producer CODE --in-place",
)

PRODUCER_CODE = Rule(
    id="implicit.producer-code",
    clause="TC260-PG-20252A",
    level="warning",
    binding="guide",
    title=Words("provider codes are well formed", "服务提供者编码符合规则"),
    messages={
        "length": Words(
            "{key} {code} has {length} characters; a provider code has 27",
            "{key} 的编码 {code} 有 {length} 位，应为 27 位",
        ),
        "shape": Words(
            "{key} {code} is no provider code: its characters 5 to 22 are no Unified Social "
            "Credit Code, or the last 5 are no digits and capitals",
            "{key} 的编码 {code} 不符合规则：第 5 至 22 位不是统一社会信用代码，"
            "或后 5 位不是数字和大写字母",
        ),
        "check": Words(
            "{key} {code}: the Unified Social Credit Code {credit} fails its check character "
            "({expected} expected, {found} found)",
            "{key} 的编码 {code} 中统一社会信用代码 {credit} 的校验码错误"
            "（应为 {expected}，实为 {found}）",
        ),
    },
    advice={"length": _COMPOSE, "shape": _COMPOSE, "check": _COMPOSE},
    judge=_producer_code,
    needs="label",
)
