"""Rules on the security information of a label (TC260-PG-202511A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.model import security_of
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

_UNVERIFIED = {
    "open": Words(
        "security information is there but was not verified ({keys})",
        "含有安全防护信息但尚未验证（{keys}）",
    ),
    "opaque": Words(
        "{keys} is no SecurityData of the guide, so the file alone cannot verify it",
        "{keys} 不是指南规定的 SecurityData，仅凭文件无法验证",
    ),
    "no-signature": Words(
        "the security information holds no signature", "安全防护信息中没有数字签名"
    ),
    "no-key": Words(
        "the key of the signature is neither in the label nor in the trust store",
        "标识与信任库中均没有该签名所用的密钥",
    ),
    "unknown-algorithm": Words(
        "the signature is made by an algorithm that is not known here",
        "签名使用了此处未知的算法",
    ),
    "unknown-message": Words(
        "what the signature is over is not known here", "签名所覆盖的内容在此处未知"
    ),
    "platform-only": Words(
        "only the platform's security information is there, whose form is not published",
        "仅有传播平台的安全防护信息，其签名内容未公开",
    ),
    "not-installed": Words(
        "the signature was not verified: what it takes is not installed",
        "签名未验证：未安装所需组件",
    ),
}
_UNTRUE = {
    "changed": Words(
        "the signature does not fit: the label or the signature was changed",
        "签名不符：标识或签名已被改动",
    ),
    "foreign-key": Words(
        "signed by a key that is not this producer's", "签名密钥不属于该服务提供者"
    ),
    "revoked": Words("signed by a key that was revoked", "签名密钥已被吊销"),
    "moved": Words(
        "the label was made for other content: moved from another file, or the content was changed",
        "标识并非为该内容所作：移自其他文件，或内容已被改动",
    ),
    "replayed": Words(
        "the label's binding belongs to a label with another number",
        "标识的内容绑定属于另一编号的标识",
    ),
    "binding-changed": Words(
        "what binds the label to its content was changed or is not signed",
        "标识与内容的绑定信息已被改动或未签名",
    ),
    "unsigned": Words(
        "this producer signs its labels, and the signature of this one cannot be verified",
        "该服务提供者的标识均有签名，而此标识的签名无法验证",
    ),
    "unbound": Words(
        "this producer binds its labels to their content, and this one is not bound to it",
        "该服务提供者的标识均与内容绑定，而此标识未绑定",
    ),
}
_ADVICE = {
    **dict.fromkeys(
        _UNTRUE,
        Words(
            "do not rely on this label; ask the producer for the file as it left them",
            "请勿依据该标识；向服务提供者索取原始文件",
        ),
    ),
    "moved": Words(
        "do not rely on this label, unless the content was converted since: ask for the original",
        "除非内容此后经过转换，否则请勿依据该标识；请索取原始文件",
    ),
    "foreign-key": Words(
        "do not rely on this label; if the producer has a new key, add it to the trust store",
        "请勿依据该标识；若服务提供者已更换密钥，请将其加入信任库",
    ),
    "not-installed": Words("pip install 'aigc-label[crypto]'", "pip install 'aigc-label[crypto]'"),
}
_DATED = Words(
    "signed by a key of this producer that is not valid on this day",
    "签名密钥属于该服务提供者，但当日不在有效期内",
)


def _security(case: Case) -> Iterable[Hit]:
    """The label's signature does not hold, or could not be verified.

    `ReservedCode1` may hold the producer's signature over the label, and a hash that binds it to
    its content, as TC260-PG-202511A describes. They are optional, and their absence is no fault.

    - **verified**: signed by a key or certificate that the trust store has for this producer
      (`check --trust trust.toml`). No finding.
    - **intact**: signed by the key that stands in the label itself. That proves that nothing was
      changed since, and not who signed: anybody can make a key. No finding.
    - **failed**: what is signed was changed, the label was moved to other content, or somebody
      else's key signed in the producer's name. An error.
    - **unsupported**: an unknown algorithm, a key that is nowhere to be had, an opaque value (a
      UUID, a digest of unknown scope). The finding is *open*: it neither passes nor fails the file.

    A platform's `ReservedCode2` is read and shown but not verified: what it signs is not published.

    **Open:**

    ```json title="fails"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ReservedCode1":"5e8bb5d8"}
    ```

    **Passes:**

    ```json title="passes"
    {"Label":"1","ContentProducer":"studio","ProduceID":"42","ReservedCode1":""}
    ```

    **To mend:** ask the producer for the file as it left them; do not sign over another's label.
    """
    for label in case.labels:
        worth = security_of(label)
        filled = [key for key in ("ReservedCode1", "ReservedCode2") if label.fields.get(key)]
        if worth.status == "failed":
            words = worth.detail if worth.detail in _UNTRUE else "changed"
            yield Hit(label=label, words=words)
        elif worth.status == "unsupported":
            words = worth.detail if worth.detail in _UNVERIFIED else "open"
            yield Hit(kind="open", label=label, words=words, arguments={"keys": ", ".join(filled)})
        elif worth.detail == "out-of-date":
            yield Hit(kind="informational", label=label, words="out-of-date")


SECURITY = Rule(
    id="implicit.security",
    clause="TC260-PG-202511A",
    level="error",
    binding="guide",
    title=Words("the label's signature holds", "标识签名有效"),
    messages={**_UNVERIFIED, **_UNTRUE, "out-of-date": _DATED},
    advice=_ADVICE,
    judge=_security,
    needs="label",
)
