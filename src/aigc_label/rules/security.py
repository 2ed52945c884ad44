"""Rules on the security information of a label (TC260-PG-202511A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable


def _security(case: Case) -> Iterable[Hit]:
    """The label bears security information that was not verified.

    `ReservedCode1` (producer) and `ReservedCode2` (platform) may hold a hash or a signature, as
    TC260-PG-202511A describes. They are optional, and their absence is no fault. When they are
    there, they are read and shown but not verified yet, so the finding is *open*: it neither
    passes nor fails the file. An opaque value (a UUID, a digest of unknown scope) can never be
    verified from the file alone.

    **Open:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ReservedCode1":"5e8bb5d8"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ReservedCode1":""}
    ```

    **To mend:** nothing; ask the producer if the content's integrity matters.
    """
    for label in case.labels:
        fields = label.fields
        if fields.get("ReservedCode1") or fields.get("ReservedCode2"):
            filled = [key for key in ("ReservedCode1", "ReservedCode2") if fields.get(key)]
            yield Hit(kind="open", label=label, arguments={"keys": ", ".join(filled)})


SECURITY = Rule(
    id="implicit.security",
    clause="TC260-PG-202511A",
    level="note",
    binding="guide",
    title=Words("security information is verified", "安全防护信息已验证"),
    messages={
        "open": Words(
            "security information is there but was not verified ({keys})",
            "含有安全防护信息但尚未验证（{keys}）",
        )
    },
    advice={},
    judge=_security,
    needs="label",
)
