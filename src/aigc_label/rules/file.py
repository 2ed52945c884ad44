"""Rules on the file itself: what cannot be read is never passed (law 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import LimitExceeded, Malformed, UnknownFormat
from aigc_label.rules.rule import Case, Hit, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLAUSE = "Measures art. 6"  # a platform shall verify; a file that cannot be read is not verified


def is_empty(case: Case) -> bool:
    """Whether the file was looked at and has no byte; one that was not opened may have some."""
    seen = case.inspection
    return seen.size == 0 and (seen.problem is None or isinstance(seen.problem, UnknownFormat))


def _unreadable(case: Case) -> Iterable[Hit]:
    """The file could not be read.

    A platform has to verify the labels of what it spreads (article 6 of the Measures). A file
    that is missing, locked or on a broken disk was not verified, so it fails rather than being
    passed over.

    **Fails:** a path that does not exist; a file without read permission; a folder; a pipe; an
    encrypted document.

    **Passes:** any file that can be read to its end.

    **To mend:** correct the path or the permissions and run the check again.
    """
    problem = case.inspection.problem
    if isinstance(problem, OSError):
        return (Hit(arguments={"reason": problem.strerror or str(problem)}),)
    if problem is None or isinstance(problem, (Malformed, LimitExceeded, UnknownFormat)):
        return ()
    # No file, one that is encrypted, or a check that broke off: the reason says what to do.
    words = "told" if ";" in problem.reason else ""
    return (Hit(words=words, arguments={"reason": problem.reason}),)


_UNREAD = Words("the file cannot be read: {reason}", "文件无法读取：{reason}")

UNREADABLE = Rule(
    id="file.unreadable",
    clause=_CLAUSE,
    level="error",
    binding="practice",
    title=Words("the file can be read", "文件可读取"),
    messages={"fail": _UNREAD, "told": _UNREAD},
    advice={
        "fail": Words(
            "make sure that the file exists and that you may read it, then check again",
            "请确认文件存在且有读取权限，然后重新检查",
        ),
        "told": Words("do that, then check again", "请按提示处理后重新检查"),
    },
    judge=_unreadable,
    needs="problem",
)


def _empty(case: Case) -> Iterable[Hit]:
    """The file has no content at all.

    There is nothing to label and nothing to check in it. It usually is what an interrupted
    download or a full disk left behind, so it fails instead of being counted as unlabelled.

    **Fails:** a file of 0 bytes, whatever its name.

    **Passes:** a file with content.

    **To mend:** fetch or generate the file again.
    """
    return (Hit(),) if is_empty(case) else ()


EMPTY = Rule(
    id="file.empty",
    clause=_CLAUSE,
    level="error",
    binding="practice",
    title=Words("the file has content", "文件非空"),
    messages={
        "fail": Words(
            "the file is empty: there is nothing to label or to check",
            "文件为空，没有可标识或可检查的内容",
        )
    },
    advice={"fail": Words("fetch or generate the file again", "请重新下载或重新生成该文件")},
    judge=_empty,
)


def _unknown_format(case: Case) -> Iterable[Hit]:
    """No known format claims the bytes, so nobody could look for a label.

    Formats are told by their bytes; only text, which has no signature, is told by its name. A
    file of another kind may well bear a label, but nothing can be said about it, and what could
    not be looked at is not passed.

    **Fails:** a word processor's old binary document; an archive; a picture named `notes.txt`
    is *not* such a case, as its bytes tell what it is.

    **Passes:** every format that `aigc-label formats` lists.

    **To mend:** convert the file to a listed format, or leave it out of the check.
    """
    seen = case.inspection
    if is_empty(case) or not (
        isinstance(seen.problem, UnknownFormat) or (seen.format is None and seen.problem is None)
    ):
        return ()
    return (Hit(),)


UNKNOWN_FORMAT = Rule(
    id="file.unknown-format",
    clause=_CLAUSE,
    level="error",
    binding="practice",
    title=Words("the format is known", "文件格式可识别"),
    messages={
        "fail": Words(
            "the format is unknown, so nobody could look for a label",
            "无法识别文件格式，因此无法查找标识",
        )
    },
    advice={
        "fail": Words(
            "`aigc-label formats` lists what can be checked; text is told by its extension, "
            "e.g. .txt or .md",
            "可检查的格式见 `aigc-label formats`；文本文件按扩展名识别，例如 .txt、.md",
        )
    },
    judge=_unknown_format,
)


def _malformed(case: Case) -> Iterable[Hit]:
    """The bytes contradict the format: truncated, damaged or hostile.

    Reading stopped where the structure broke. Labels found before that are shown and judged, but
    the absence of a label is not: it may have stood in the part that is lost.

    **Fails:** a PNG that ends in the middle of a chunk; an MP4 with a box longer than the file.

    **Passes:** a file whose structure can be walked to its end.

    **To mend:** fetch or generate the file again, or re-save it with a program that repairs it.
    """
    problem = case.inspection.problem
    if not isinstance(problem, Malformed):
        return ()
    return (Hit(offset=problem.offset, arguments={"reason": problem.reason}),)


MALFORMED = Rule(
    id="file.malformed",
    clause=_CLAUSE,
    level="error",
    binding="practice",
    title=Words("the file is intact", "文件结构完整"),
    messages={"fail": Words("the file is damaged: {reason}", "文件已损坏：{reason}")},
    advice={
        "fail": Words(
            "fetch or generate the file again, or re-save it with a program that repairs it",
            "请重新下载或重新生成该文件，或用能修复的软件另存一次",
        )
    },
    judge=_malformed,
    needs="problem",
)


def _limit(case: Case) -> Iterable[Hit]:
    """Reading on would exceed a bound on bytes, boxes or depth.

    Every read is bounded, so that a hostile file cannot exhaust a server. No ordinary file comes
    near the bounds; one that does was not read to its end and is not passed.

    **Fails:** an MP4 with boxes nested hundreds deep; a text chunk that unpacks to gigabytes.

    **Passes:** every file that cameras, editors and generators write.

    **To mend:** treat the file as suspect; re-encoding it from a trusted program gives it a sane
    structure.
    """
    problem = case.inspection.problem
    if not isinstance(problem, LimitExceeded):
        return ()
    return (Hit(offset=problem.offset, arguments={"reason": problem.reason}),)


LIMIT = Rule(
    id="file.limit",
    clause=_CLAUSE,
    level="error",
    binding="practice",
    title=Words("the file keeps within the safety limits", "文件未超出安全上限"),
    messages={
        "fail": Words(
            "reading stopped at a safety limit: {reason}", "触及安全上限，读取中止：{reason}"
        )
    },
    advice={
        "fail": Words(
            "treat the file as suspect; re-encoding it with a trusted program gives it a sane "
            "structure",
            "请将该文件视为可疑文件；用可信软件重新编码可恢复正常结构",
        )
    },
    judge=_limit,
    needs="problem",
)
