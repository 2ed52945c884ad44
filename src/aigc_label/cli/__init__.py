"""The command line: ``aigc-label VERB PATH...``."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_SELDOM = 10_000
"""New objects from which Python looks for garbage, instead of 700: nearly all that a start makes
stays, and looking through it over and over is a tenth of a short run."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name; ``sys.argv[1:]`` if ``None``.

    Returns:
        0 fine; 1 the run completed but something is wrong with a file; 2 the run could not be
        carried out; 3 a bug; 130 interrupted.
    """
    alone = argv is None  # this process is for one command, and ends with it
    args = list(sys.argv[1:] if argv is None else argv)
    if args == ["--version"] and sys.stdout is not None:
        # Before any import: scripts ask for it often, and it must cost no more than Python does.
        from aigc_label import __version__  # noqa: PLC0415 - see above

        try:
            sys.stdout.write(f"aigc-label {__version__}\n")
            sys.stdout.flush()
        except OSError as error:
            from aigc_label.cli import dispatch  # noqa: PLC0415 - as above

            return dispatch.system_error(error)
        return 0
    if alone:
        gc.set_threshold(_SELDOM)
    from aigc_label.cli import dispatch  # noqa: PLC0415 - as above

    code = dispatch.run(args)
    if alone:
        gc.freeze()  # the interpreter would look through all that is left, and it ends anyway
    return code
