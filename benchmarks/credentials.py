"""Signing content credentials against labelling alone and against a plain copy.

Usage: python benchmarks/credentials.py [--folder DIR] [--runs N]

Prints the sections of RESULTS.md. The certificate is made for the run and thrown away.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import corpus
from measure import Contender, race, table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from credential_samples import identity

SCRIPT = str(Path(sys.executable).with_name("aigc-label"))


def signing(folder: Path, source: Path, title: str, runs: int) -> str:
    """Label one file, and label and sign it."""
    one = identity()
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(one.chain)
    key.write_bytes(one.key)
    out = folder / f"out{source.suffix}"
    base = Contender("cp", ["cp", "--reflink=never", str(source), str(out)], out)
    label = [SCRIPT, "label", "--no-explicit", "--producer", "Benchmark", str(source)]
    label += ["-o", str(out)]
    signer = ["--c2pa", "--c2pa-cert", str(chain), "--c2pa-key", str(key)]
    check = [SCRIPT, "check", "--no-explicit", "--exit-zero"]
    signed = folder / f"signed{source.suffix}"
    first = Contender("", [*label[:-1], str(signed), *signer], signed)
    first.run()
    rivals = [
        base,
        Contender("aigc-label label", label, out),
        Contender("aigc-label label --c2pa", [*label, *signer], out),
        Contender("aigc-label check (looks at credentials)", [*check, str(signed)]),
        Contender("aigc-label check --c2pa", [*check, "--c2pa", str(signed)]),
    ]
    race(rivals, runs)
    size = source.stat().st_size
    note = f"{size / (1 << 20):.1f} MiB. Whole processes, the start of each included."
    return table(title, note, rivals, base)


def main() -> None:
    """Run both and print them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        photo = folder / "credentials.jpg"
        corpus.photo(1600, 1200, 24).save(photo, quality=90)
        print(signing(folder, photo, "Content credentials in a JPEG", args.runs))
        for size, name in ((100 << 20, "100 MB"), (1 << 30, "1 GB")):
            film = folder / f"credentials-{size >> 20}.mp4"
            corpus.large_film(film, size, moov_first=True)
            title = f"Content credentials in an MP4 of {name}"
            print(signing(folder, film, title, args.runs if size < 1 << 29 else 1))
            film.unlink()


if __name__ == "__main__":
    main()
