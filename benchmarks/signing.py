"""Signing and verifying labels of pictures, in one process, in processor seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import corpus

from aigc_label import ImplicitLabel, SigningKey, TrustStore, check, label
from aigc_label.trust import keys
from aigc_label.trust.store import Producer, TrustedKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PRODUCER = "Benchmark"
BATCH = 25


def signatures(folder: Path, runs: int) -> str:
    """Whole calls of ``label`` and ``check`` on JPEGs, signed by each algorithm and not at all."""
    rows = []
    for width, height in ((4000, 3000), (1024, 768)):
        path = folder / f"signed-{width}.jpg"
        corpus.photo(width, height, 7).save(path, quality=92)
        data = path.read_bytes()
        size = f"{len(data) / (1 << 20):.1f} MiB"
        bare: tuple[float, float] | None = None
        for algorithm in (None, "sm2", "rsa", "ecdsa"):
            key = SigningKey.from_pem(keys.generate(algorithm)[0]) if algorithm else None
            spent = _spent(data, key, runs)
            bare = bare or spent
            rows.append(
                f"| {size} | {algorithm or 'none'} | "
                + " | ".join(
                    f"{60 / mine:,.0f} | {mine / its:.2f}"
                    for mine, its in zip(spent, bare, strict=True)
                )
                + " |"
            )
    return "\n".join(
        [
            "## Signing and verifying JPEG labels",
            "",
            "Whole calls from bytes to bytes in one process, by processor time: files a minute and",
            "core. The label is bound to the content, so that a signed one hashes the picture once",
            "when it is written and once when it is checked (metadata only, with a trust store).",
            "",
            "| size | signed by | labelled a minute | ratio | checked a minute | ratio |",
            "| ---: | --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


def _spent(data: bytes, key: SigningKey | None, runs: int) -> tuple[float, float]:
    """Processor seconds of a ``label`` and of a ``check``: the best of some batches."""
    made = ImplicitLabel(content_producer=PRODUCER, produce_id="1")
    written = label(data, made, sign=key).data
    trusted = (TrustedKey(key.public),) if key else ()
    store = TrustStore((Producer(PRODUCER, trusted),)) if key else None
    found = check(written, only="implicit", trust=store).inspection.labels[0].security
    if key is not None and (found is None or found.status != "verified"):
        raise RuntimeError(f"what was signed is not verified: {found}")
    return (
        _best(lambda: label(data, made, sign=key), runs),
        _best(lambda: check(written, only="implicit", trust=store), runs),
    )


def _best(work: Callable[[], object], runs: int) -> float:
    fastest = float("inf")
    for _ in range(max(3, runs)):
        began = time.process_time()
        for _ in range(BATCH):
            work()
        fastest = min(fastest, (time.process_time() - began) / BATCH)
    return fastest
