"""Rules on C2PA content credentials, which no Chinese rule asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable


def _credentials(case: Case) -> Iterable[Hit]:
    """The content credentials do not hold for this file.

    C2PA content credentials are signed, and bound to the bytes of the file by a hash. Where they
    were validated (`check --c2pa`) and the hash or the signature does not hold, the file was
    changed after it was signed, often by a tool that knows nothing of them; what they state of its
    origin proves nothing any more. No Chinese rule asks for such credentials, so this is a warning.

    Credentials that nobody in the trust list vouches for are *valid* all the same, and no fault.
    Without `--c2pa` they are only looked at. Where c2pa could not look (the manifest stands
    elsewhere and nothing may be fetched, or it does not read such files) the finding is *open*.

    **Fails:** a signed JPEG whose XMP was edited afterwards.

    **Passes:** a signed file as it was signed; a file without credentials.

    **To mend:** the signer signs the file again; a platform passes on the file as it came, or signs
    what it made of it: `aigc-label propagate FILE --c2pa --c2pa-cert CHAIN --c2pa-key KEY`.
    """
    for signal in case.inspection.signals:
        if signal.state == "invalid":
            place = signal.carrier or None
            yield Hit(carrier=place, arguments={"reason": signal.problem or "no reason given"})
        elif signal.problem and signal.state is None:
            yield Hit(
                kind="open", carrier=signal.carrier or None, arguments={"reason": signal.problem}
            )


CREDENTIALS = Rule(
    id="file.credentials",
    clause="C2PA 2.4, 15",
    level="warning",
    binding="practice",
    title=Words("content credentials match the file", "内容凭证与文件相符"),
    messages={
        "fail": Words(
            "the C2PA content credentials do not match the file: {reason}",
            "C2PA 内容凭证与文件不符：{reason}",
        ),
        "open": Words(
            "the C2PA content credentials could not be validated: {reason}",
            "无法验证 C2PA 内容凭证：{reason}",
        ),
    },
    advice={
        "fail": Words(
            "whoever signed it signs it again; ask for the file as it was signed",
            "请由签署者重新签署，或获取签署时的原文件",
        )
    },
    judge=_credentials,
    needs="signal",
)
