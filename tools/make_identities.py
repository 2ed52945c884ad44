"""Makes the identities that signatures are tested with: two producers and who believes them.

    python tools/make_identities.py FOLDER [sm2|rsa|ecdsa]

Writes ``studio.key.pem``, ``rival.key.pem``, their public halves, and a ``trust.toml`` that knows
the studio only. They are new every time: no private key stands in the repository or the package.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from aigc_label.trust import keys

PRODUCERS = {
    # by name: what stands in the label as ContentProducer
    "studio": "Example Studio",
    "rival": "Rival Studio",
}


def make(folder: Path, algorithm: str = "sm2") -> None:
    """Write both identities and the trust store into a folder.

    Raises:
        FileExistsError: one of them stands there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in PRODUCERS:
        private, public = keys.generate(algorithm)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(folder / f"{name}.key.pem", flags, 0o600), "wb") as stream:
            stream.write(private)
        (folder / f"{name}.pub.pem").write_bytes(public)
    producer = f'[[producer]]\ncode = "{PRODUCERS["studio"]}"\n'
    key = '[[producer.key]]\nfile = "studio.pub.pem"\n'
    (folder / "trust.toml").write_text(f"{producer}\n{key}", encoding="utf-8")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    make(Path(sys.argv[1]), *sys.argv[2:])
