"""Print one of README's commands, so that CI runs what a newcomer reads.

Usage: python tools/readme_commands.py install|test
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def command(name: str) -> str:
    """The first shell block behind the HTML comment ``<!-- command: NAME -->``."""
    text = README.read_text(encoding="utf-8")
    found = re.search(
        rf"<!-- command: {re.escape(name)} -->\s*```(?:sh|bash)\n(.*?)```", text, re.DOTALL
    )
    if found is None:
        raise SystemExit(f"README.md has no command {name!r}")
    return found.group(1).strip()


if __name__ == "__main__":
    print(command(sys.argv[1]))
