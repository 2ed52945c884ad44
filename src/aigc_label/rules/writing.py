"""Rules on how the label is written: characters, JSON, and what wraps it (Annex E b and j)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Level

_ANNEX_E = "GB 45438-2025 Annex E"
_BY_PRODUCER = Words("the producer: {command}", "由生成合成服务提供者执行：{command}")

# Annex E j: 0x21, 0x23-0x5B, 0x5D-0x7E and the escaped quotation mark, as they are once decoded.
_OUTSIDE = r"[^!-\[\]-~]"
_CONTROLS = r"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"


def _charset(case: Case) -> Iterable[Hit]:
    """A value has characters outside those of Annex E j.

    The annex says that values should mainly consist of printable ASCII without the space and the
    backslash. "Mainly" leaves room: a company's Chinese name is legal, but a program that reads
    labels by bytes is only sure of a code, so other characters are a warning. Control characters
    have no business in a label at all and are an error.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"某某科技 公司","ProduceID":"42"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"001191110102MACQD9K64010000","ProduceID":"tos/42"}
    ```

    **To mend:** label with the provider's code instead of its name, and numbers without spaces:
    `aigc-label label FILE --producer CODE --produce-id ID --in-place`. A name that stands in a
    label already is not replaced: who labels under another name is another producer (article 10).
    """
    for label in case.labels:
        fields = label.fields
        if re.search(_OUTSIDE, "".join(fields.values())) is None:
            continue
        control = re.compile(f"[{_CONTROLS}]")
        unusual = re.compile(rf"[^!-\[\]-~{_CONTROLS}]")
        for key, value in fields.items():
            if bad := control.search(value):
                yield Hit(
                    words="control",
                    label=label,
                    level="error",
                    arguments={"key": key, "code": ord(bad.group())},
                )
        outside = {
            key: found.group() for key, value in fields.items() if (found := unusual.search(value))
        }
        if outside:
            char = next(iter(outside.values()))
            yield Hit(
                label=label,
                arguments={
                    "keys": ", ".join(outside),
                    "code": ord(char),
                    "char": "(space)" if char == " " else char,
                },
            )


CHARSET = Rule(
    id="implicit.charset",
    clause=f"{_ANNEX_E} j",
    level="warning",
    binding="shall",
    title=Words("values keep to the character set of Annex E", "字段值使用附录 E 规定的字符"),
    messages={
        "fail": Words(
            "{keys}: characters outside those of Annex E j, the first is U+{code:04X} {char}",
            "{keys} 含有附录 E j) 范围以外的字符，第一个是 U+{code:04X} {char}",
        ),
        "control": Words(
            "{key} has the control character U+{code:04X}", "{key} 含有控制字符 U+{code:04X}"
        ),
    },
    advice={
        "fail": Words(
            "use the provider's code for its name, and numbers without spaces",
            "建议用服务提供者编码代替名称，编号中不要使用空格",
        ),
        "control": Words(
            "the producer, with the right number: aigc-label label {file} --producer {producer} "
            "--produce-id ID --no-explicit --in-place",
            "由生成合成服务提供者用正确的编号执行：aigc-label label {file} --producer {producer} "
            "--produce-id ID --no-explicit --in-place",
        ),
    },
    judge=_charset,
    needs="label",
)


def _value_type(case: Case) -> Iterable[Hit]:
    """A value is not a string.

    Annex E gives every value as a string, empty where there is nothing to say. Numbers, null and
    nested objects (security information that belongs into `ReservedCode1` as a *string* of JSON)
    are understood here, but readers that take the annex at its word see no label.
    A number in `Label` is the business of `implicit.label-value`.

    **Fails:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"studio","ProduceID":42,"ReservedCode1":null}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ReservedCode1":""}
    ```

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`.
    """
    for label in case.labels:
        for quirk in label.quirks:
            if quirk in _TYPES:
                yield Hit(words=quirk, label=label)


_TYPES = {
    "null-value": Words("a value is null, not a string", "字段值为 null，应为字符串"),
    "number-value": Words("a value is a number, not a string", "字段值为数字，应为字符串"),
    "nested-object": Words(
        "a value is an object or a list, not a string", "字段值为对象或列表，应为字符串"
    ),
}

VALUE_TYPE = Rule(
    id="implicit.value-type",
    clause=_ANNEX_E,
    level="warning",
    binding="shall",
    title=Words("every value is a string", "字段值均为字符串"),
    messages=_TYPES,
    advice=dict.fromkeys(_TYPES, _BY_PRODUCER),
    judge=_value_type,
    needs="label",
)


def _encoding(case: Case) -> Iterable[Hit]:
    r"""The label is not written as the JSON text of Annex E b.

    The annex gives the value as one JSON object, bare or in an `AIGC` wrapper, and the guides put
    that text as it is into the format's slot. What is met instead: JSON inside a JSON string,
    Base64 (no guide asks for it), XML entities escaped twice, a programming language's own
    notation, the seven keys as separate properties, a foreign XMP name space, front matter that is
    no YAML, a damaged or shortened text. The label is repaired for this report; a strict reader
    sees none.

    Raw line breaks inside the text, text after the object and an EXIF comment without the name of
    its encoding are warnings. A deviation that this rule has no words for is noted.

    **Fails:**

    ```json title="fails"
    "{\"Label\":\"1\",\"ContentProducer\":\"studio\",\"ProduceID\":\"42\"}"
    ```

    **Passes:**

    ```json title="passes"
    {"AIGC": {"Label":"1","ContentProducer":"studio","ProduceID":"42"}}
    ```

    **To mend:** the producer runs `aigc-label fix FILE --producer CODE --in-place`; the one place
    of the format then holds the plain text.
    """
    for label in case.labels:
        for quirk in label.quirks:
            if quirk not in _ELSEWHERE:
                known = quirk in _FAULTS
                yield Hit(
                    words=quirk if known else "unnamed",
                    label=label,
                    level=_SOFTER.get(quirk) if known else "note",
                    clause=_GUIDES if quirk in _OF_THE_GUIDES else "",
                    arguments={"quirk": quirk},
                )


_ELSEWHERE = frozenset(
    # not a fault (Annex E's own shape), or judged by another rule
    ("wrapped", "key-spelling", "lower-case-key", "key-unknown", "label-number", "label-word")
) | frozenset(_TYPES)

_SOFTER: dict[str, Level] = {
    "control-characters": "warning",
    "trailing-garbage": "warning",
    "comment-encoding": "warning",
}

_GUIDES = "TC260 carrier guides"
_OF_THE_GUIDES = frozenset(("xmp-namespace", "nested", "not-yaml", "flattened", "comment-encoding"))

_FAULTS = {
    "double-encoded": Words(
        "the label is a JSON string inside JSON", "隐式标识被当作字符串再次 JSON 编码"
    ),
    "base64": Words("the label is Base64, not JSON text", "隐式标识是 Base64，应为 JSON 文本"),
    "entity-escaped": Words(
        "the label's quotation marks are left as XML entities", "隐式标识中残留 XML 实体转义"
    ),
    "trailing-comma": Words(
        "the label is not JSON: a comma stands before a closing brace",
        "隐式标识不是合法 JSON：右括号前有多余的逗号",
    ),
    "trailing-garbage": Words("text follows the label's object", "隐式标识的 JSON 之后有多余内容"),
    "control-characters": Words(
        "raw control characters stand in the label's text", "隐式标识文本中有未转义的控制字符"
    ),
    "truncated": Words(
        "the label's text ends early; what was complete is shown",
        "隐式标识文本不完整，仅显示可读出的字段",
    ),
    "not-json": Words(
        "the label is in a programming language's notation, not JSON",
        "隐式标识按编程语言的字面量格式书写，不是 JSON",
    ),
    "malformed-xml": Words(
        "the XMP packet around the label is not well-formed XML",
        "隐式标识所在的 XMP 数据包不是合法 XML",
    ),
    "bad-crc": Words(
        "the checksum of the part that holds the label is wrong", "隐式标识所在数据块的校验值错误"
    ),
    "duplicate-key": Words(
        "a key stands in the label twice; the first value is shown",
        "隐式标识中有重复字段，取第一个值",
    ),
    "xmp-namespace": Words(
        "the XMP property is not in the name space http://www.tc260.org.cn/ns/AIGC/1.0/",
        "XMP 属性的命名空间不是 http://www.tc260.org.cn/ns/AIGC/1.0/",
    ),
    "nested": Words(
        "the label stands in an element inside the AIGC property, not as its text",
        "隐式标识嵌套在 AIGC 属性的下级元素中，应直接作为属性的文本",
    ),
    "not-yaml": Words(
        "the front matter around the label is not YAML that a strict reader takes",
        "隐式标识所在的文件头不是合法 YAML",
    ),
    "flattened": Words(
        "the label's keys stand beside AIGC in the front matter, not below it",
        "文件头中各字段与 AIGC 同级，应缩进在 AIGC 之下",
    ),
    "malformed-exif": Words(
        "the EXIF block around the label is damaged", "隐式标识所在的 EXIF 数据块已损坏"
    ),
    "comment-encoding": Words(
        "the EXIF comment around the label does not begin with the name of its encoding",
        "隐式标识所在的 EXIF 注释开头缺少 8 字节的编码名称",
    ),
    "split-properties": Words(
        "the label's keys are separate properties, not one JSON text",
        "隐式标识各字段被拆成独立属性，未写成一个 JSON 文本",
    ),
}

ENCODING = Rule(
    id="implicit.encoding",
    clause=f"{_ANNEX_E} b",
    level="error",
    binding="shall",
    title=Words("the label is plain JSON text", "隐式标识为 JSON 文本"),
    messages={
        **_FAULTS,
        "unnamed": Words(
            "the label is not written as Annex E shows: {quirk}",
            "隐式标识的写法与附录 E 不一致：{quirk}",
        ),
    },
    advice=dict.fromkeys((*_FAULTS, "unnamed"), _BY_PRODUCER),
    judge=_encoding,
    needs="label",
)
