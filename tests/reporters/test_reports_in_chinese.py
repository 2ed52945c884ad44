"""Reports in Chinese hold no English sentence, whatever rule, reason or format they are about."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET  # of our own reports

import pytest
from reporting import MARK, SIGNAL, clean, label, report

import aigc_label
from aigc_label import chinese, errors, fixing, reporters, rules
from aigc_label.cli import changes
from aigc_label.cli.outputs import Task
from aigc_label.errors import LimitExceeded, Malformed, UnknownFormat
from aigc_label.fixing import reasons
from aigc_label.model import Finding

SOURCE = Path(aigc_label.__file__).parent
TABLE = tomllib.loads((SOURCE / "chinese.toml").read_text("utf-8"))
KNOWN = {english: said for part in TABLE.values() for english, said in part.items()}

READING = ("asset.py", "inspecting.py", "registry.py", "ffmpeg.py", "containers", "detect", "trust")
"""Where what is raised may become a finding's reason, whatever the kind of error."""

_ALWAYS = {"Malformed", "LimitExceeded", "UnknownFormat", "Unseen", "NoPicture", "MissingExtra"}
_EXCEPTED = re.compile(
    r"`[^`]*`|https?://\S+|aigc-label [^；。，（）()<\n]*|pip install [^；。，）)\s]+( \([^)]*\))?"
    r"|(?:ffmpeg|mkvmerge|hugo|qpdf) -?[^；。，（）\n]*|TC260 carrier guides|CAC notice of \S+"
    r"|front matter"
)
_SENTENCE = re.compile(r"[A-Za-z][a-z']*(?:[ ,]+[a-z][a-z']+){2,}")


def english(text: str) -> list[str]:
    """The English sentences in a text, commands and addresses left out."""
    return [found[0] for found in _SENTENCE.finditer(_EXCEPTED.sub("。", text))]


def test_what_an_english_sentence_is():
    assert english("文件已损坏：the text is no text") == ["the text is no text"]
    assert (
        english("由生成合成服务提供者执行：aigc-label fix a.png --producer CODE --in-place") == []
    )


# --- reasons -------------------------------------------------------------------------------------


def template(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
    return None


def raised() -> list[str]:
    """The reasons in the code that may come to stand in a report."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE).parts
        if inside[0] not in (*READING, "carriers", "formats", "provenance", "essences"):
            continue
        if inside[:2] == ("provenance", "repacking.py") or inside[1:] == ("signing.py",):
            continue  # what signing and writing say becomes no finding
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            said = template(node.args[0]) if called in _ALWAYS else None
            if said is not None and re.search("[A-Za-z]{2}", said):
                found.append(said)
    return found


def test_every_reason_is_known_in_chinese():
    """What is missing goes into ``chinese.toml``, with {} where something is put in.

    A reason that is newer than its translation is quoted as it is; that may be said of few.
    """
    every = set(raised())
    lacking = sorted(every - KNOWN.keys())
    assert len(lacking) <= len(every) // 25, lacking


@pytest.mark.parametrize("said", sorted(KNOWN), ids=lambda said: said[:40])
def test_every_reason_in_chinese(said):
    told = KNOWN[said]
    count = said.count("{}")
    assert re.search("[\u4e00-\u9fff]", told)
    assert told.count("{") <= count
    filled = said.format(*(f"P{number}" for number in range(count)))
    assert english(chinese.reason(filled)) == [], filled
    if told.count("{") == count:
        assert all(f"P{number}" in chinese.reason(filled) for number in range(count))


def test_reasons_within_reasons_and_of_others():
    inner = "4096 bytes of picture are over the 512 MiB limit; look at it"
    assert chinese.reason(inner) == "图片有 4096 字节，超过 512 MiB 的上限，请人工查看"
    foreign = "Segmentation fault in some library"
    assert chinese.reason(foreign) == f"原文：{foreign}"
    assert chinese.reason("") == ""
    assert chinese.reason("没有文件") == "没有文件"
    assert chinese.known("manifest present") == "含有凭证清单"
    assert chinese.known("Midjourney") == "Midjourney"
    assert chinese.reason("x" * 5000).startswith("原文")


# --- reports -------------------------------------------------------------------------------------

CASES = {
    "clean": clean(lang="zh"),
    "bare": report(lang="zh", marks=()),
    "open": report(
        lang="zh", marks=None, unseen="the drawing is too large to look through; look at it"
    ),
    "unknown": report(lang="zh", format=None, medium=None, problem=UnknownFormat("x")),
    "damaged": report(
        lang="zh", problem=Malformed("cut short: the PNG ends at byte 33 without IEND", offset=33)
    ),
    "limit": report(lang="zh", problem=LimitExceeded("more than 4096 segments")),
    "unreadable": report(lang="zh", problem=FileNotFoundError(2, "No such file or directory")),
    "traces": report(lang="zh", marks=(MARK,), signals=(SIGNAL,)),
    "odd": clean(lang="zh", labels=(label(quirks=("double-encoded",), home=False),)),
}


def texts(form: str, out: str) -> str:
    """What people read of a report."""
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        return "\n".join(f"{row['message']}\n{row['advice']}" for row in rows)
    if form in ("json", "jsonl"):
        found = [json.loads(line) for line in (out.splitlines() if form == "jsonl" else [out])]
        return "\n".join(strings(found, {"message", "advice", "detail"}))
    if form == "sarif":
        return "\n".join(strings(json.loads(out), {"text", "markdown", "detail"}))
    if form == "junit":
        root = ET.fromstring(out.split("?>", 1)[1])  # noqa: S314 - our own report
        return "\n".join((one.get("message") or "") + (one.text or "") for one in root.iter())
    if form == "html":
        out = re.sub(r"<(script|style|code|pre)\b.*?</\1>", "", out, flags=re.DOTALL)
        return re.sub(r"<[^>]*?(?:title|aria-label|placeholder)=\"([^\"]*)\"|<[^>]*>", r"\1\n", out)
    return out


def strings(value: object, keys: set[str], key: str = "") -> list[str]:
    """The strings under these keys."""
    if isinstance(value, dict):
        return [one for name, inner in value.items() for one in strings(inner, keys, name)]
    if isinstance(value, list):
        return [one for inner in value for one in strings(inner, keys, key)]
    return [value] if isinstance(value, str) and key in keys else []


@pytest.mark.parametrize("form", reporters.NAMES)
def test_no_report_holds_an_english_sentence(form):
    out = io.StringIO()
    render = reporters.get(form)
    render(list(CASES.values()), stream=out, profile="gb45438", lang="zh", color=False)
    said = texts(form, out.getvalue())
    assert "图形过大" in said
    assert english(said) == []


def test_all_that_rules_say_holds_none():
    for rule in rules.all_rules():
        said = [*rule.messages.values(), *rule.advice.values(), rule.title]
        assert english("\n".join(one.zh for one in said)) == [], rule.id
        assert english(rule.page_in("zh")) == [], rule.id
        assert rule.page_in("en") == rule.page


def test_what_fix_says(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("灯塔建于一八六五年。\n", "utf-8")
    fixed = fixing.fix(path, "P", dry_run=True, lang="zh")
    told = changes.lines(Task(str(path), None, walked=False), fixed, "zh")
    assert "将修正" in told
    assert english(told.replace(str(path), "")) == []
    every = [*reasons._REASONS.values(), reasons._DRAWN, reasons._UNMARKABLE, reasons._DECIDE]
    for why in (*every, "nobody could look", "it does not apply"):
        assert why in KNOWN


def test_why_findings_remain_is_told_in_chinese():
    found = Finding(rule="implicit.security", kind="open", level="none", message="m", clause="c")
    assert chinese.reason(reasons.why(found)) == "无法检查"
    assert issubclass(errors.Malformed, errors.AssetError)
