"""Every deviation that a reader can report has words, in the rule that judges it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import aigc_label
from aigc_label import check
from aigc_label.rules import all_rules, fields, writing

SOURCE = Path(aigc_label.__file__).parent
READERS = [
    path
    for path in sorted([*SOURCE.glob("carriers/*.py"), *SOURCE.glob("formats/*.py")])
    if "quirk" in path.read_text("utf-8")  # others read what people see, not labels
]
WORD = re.compile(r"[a-z]+[0-9]*(-[a-z]+)*")

JUDGED = {"key-spelling", "lower-case-key", "key-unknown", "label-number", "label-word"}
"""By rules of ``fields.py``, whose messages are about keys and values."""


def told_by(tree: ast.AST) -> set[str]:
    """The words that a module puts among quirks.

    They are appended to a list of that name, or stand alone in a tuple or list, perhaps beside
    others that are taken over with a star. No other word of the readers stands so.
    """
    found = set()
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "append" and "quirks" in ast.unparse(node.func.value):
                parts = [part for argument in node.args for part in ast.walk(argument)]
        elif isinstance(node, (ast.Tuple, ast.List)):
            alone = [part for part in node.elts if not isinstance(part, ast.Starred)]
            parts = alone if len(alone) == 1 else []
        words = {part.value for part in parts if isinstance(part, ast.Constant)}
        found |= {word for word in words if isinstance(word, str) and WORD.fullmatch(word)}
    return found


TOLD = set().union(*(told_by(ast.parse(path.read_text("utf-8"))) for path in READERS)) - {
    "AIGC",
    "li",
}


def test_the_search_finds_what_the_corpus_shows(corpus):
    seen = {
        quirk
        for file in corpus
        for label in check(file.path, only="implicit").inspection.labels
        for quirk in label.quirks
    }
    assert len(seen) > 20
    assert seen <= TOLD


@pytest.mark.parametrize("quirk", sorted(TOLD))
def test_every_quirk_has_words(quirk):
    if quirk == "wrapped":  # Annex E's own shape
        return
    if quirk in JUDGED:
        assert f'"{quirk}"' in Path(fields.__file__).read_text("utf-8")
        return
    assert quirk in {**writing.VALUE_TYPE.messages, **writing.ENCODING.messages}


def test_no_words_are_left_without_a_quirk():
    words = {*writing.VALUE_TYPE.messages, *writing.ENCODING.messages} - {"unnamed"}
    assert words <= TOLD
    assert writing.ENCODING in all_rules()
