"""The race of streaming: marks around a text that comes token by token, in one process."""

from __future__ import annotations

import statistics
import time
from collections import deque
from typing import TYPE_CHECKING

from aigc_label import ExplicitLabel, label_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

TOKENS = 1_000_000
_ANSWER = [
    "The",
    " moon",
    " rose",
    " over",
    "灯塔",
    "，",
    "and",
    " sank",
    ".",
    "\n\n",
    "- item",
    "\n",
]
_BOTH = ExplicitLabel(places=("start", "end"))


def tokens(folder: Path, runs: int) -> str:
    """A million tokens through label_stream, against iterating over them."""
    del folder  # nothing is written
    chunks = [_ANSWER[index % len(_ANSWER)] for index in range(TOKENS)]
    contenders: dict[str, Callable[[], Iterable[str]]] = {
        "a generator that passes them on": lambda: (chunk for chunk in chunks),
        "label_stream, start": lambda: label_stream(chunks),
        "label_stream, start and end": lambda: label_stream(chunks, _BOTH),
        "label_stream, start and end, Markdown": lambda: label_stream(chunks, _BOTH, markdown=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, made in contenders.items():
            began = time.perf_counter()
            deque(made(), maxlen=0)
            seconds[name].append(time.perf_counter() - began)
    rows = [
        f"| {name} | {TOKENS / taken / 1e6:.1f} M/s | {taken / TOKENS * 1e6:.2f} µs |"
        for name, taken in ((name, statistics.median(times)) for name, times in seconds.items())
    ]
    return "\n".join(
        [
            "## Labelling a stream of tokens",
            "",
            "A million tokens of 1 to 6 characters from a list, within one process. A model makes",
            "some hundred a second.",
            "",
            "| contender | tokens | a token |",
            "| --- | ---: | ---: |",
            *rows,
            "",
        ]
    )
