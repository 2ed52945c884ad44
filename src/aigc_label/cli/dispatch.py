"""From arguments to a verb, and from whatever happens there to an exit code."""

from __future__ import annotations

import contextlib
import errno
import importlib
import signal
import sys
import warnings
from typing import TYPE_CHECKING

from aigc_label import spelling
from aigc_label.cli import terminal
from aigc_label.errors import AigcLabelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VERBS = {
    "label": "write the implicit label and the explicit mark into files",
    "propagate": "write a platform's propagation fields (article 6 of the Measures)",
    "fix": "mend your own labels by what a check finds",
    "carry": "put a file's labels onto what another tool has made of it",
    "check": "say whether files bear the labels that the standard asks for",
    "show": "print every label and origin statement that stands in a file",
    "formats": "list the file formats and where their label stands",
    "rules": "list the rules, or print one rule's page",
    "profiles": "list the profiles, or print one",
    "presets": "list the looks of explicit marks, or print one",
    "preview": "show the presets on your own picture, on one sheet",
    "overlay": "write the explicit mark as a transparent picture",
    "snippet": "print what an application shows around content",
    "keygen": "make a key to sign labels with",
    "register": "record what was handed over without an explicit label (article 9)",
    "batch": "label, propagate, check or fix whole libraries, resumable",
    "demo": "label and check sample files of all four media",
}
"""The verbs, each a module of this package with ``run(argv) -> int``, and what they do."""

FINE, WRONG_FILE, NOT_CARRIED_OUT, BUG, INTERRUPTED = 0, 1, 2, 3, 130

_HELP = """\
usage: aigc-label VERB [OPTIONS] PATH...

Labels AI-generated text, images, audio and video as GB 45438-2025 asks, and
checks the labels.

verbs:
{verbs}

  aigc-label VERB --help   the options of a verb, with examples
  aigc-label --version     the version

exit codes:
  0 fine, 1 something is wrong with a file, 2 the run could not be carried out,
  3 a bug in aigc-label, 130 interrupted
"""


def run(argv: Sequence[str]) -> int:
    """Run ``argv`` and turn every outcome into an exit code; nothing but a code leaves here."""
    try:
        with _termination_as_interrupt(), _without_remarks():
            terminal.prepare()
            code = _verb(argv)
            sys.stdout.flush()
            return code
    except KeyboardInterrupt:
        terminal.complain("interrupted; files that were not finished are as they were")
        return INTERRUPTED
    except AigcLabelError as error:
        terminal.complain(str(error))
        return NOT_CARRIED_OUT
    except OSError as error:
        return system_error(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: say it in one line
        terminal.bug(error)
        return BUG


def _verb(argv: Sequence[str]) -> int:
    if not argv:
        sys.stderr.write(_help())
        return NOT_CARRIED_OUT
    verb, *rest = argv
    if verb in ("-h", "--help", "help") and not rest:
        sys.stdout.write(_help())
        return FINE
    if verb == "help":
        verb, rest = rest[0], ["--help"]
    if verb not in VERBS:
        raise UsageError(_no_such_verb(verb))
    module = importlib.import_module(f"aigc_label.cli.{verb}")
    code: int = module.run(rest)
    return code


def _help() -> str:
    return _HELP.format(verbs="\n".join(f"  {verb:<10} {text}" for verb, text in VERBS.items()))


def _no_such_verb(verb: str) -> str:
    if verb.startswith("-"):
        return f"the verb comes first: aigc-label VERB {terminal.printable(verb)} ..."
    hint = spelling.hint(verb, VERBS, f"verbs are {', '.join(VERBS)}")
    return f"no verb {terminal.printable(verb)!r}; {hint}"


def system_error(error: OSError) -> int:
    """Results that nobody takes, or a file that is not about one input: the run is over."""
    if isinstance(error, BrokenPipeError) or error.errno in (errno.EPIPE, errno.ENOSPC):
        terminal.drop_output()
    if not isinstance(error, BrokenPipeError):
        terminal.complain(terminal.system_reason(error))
    return NOT_CARRIED_OUT


@contextlib.contextmanager
def _without_remarks() -> Iterator[None]:
    """Keep what libraries warn of off the terminal, unless ``python -W`` asks for it."""
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.showwarning = lambda *_args, **_kwargs: None
        yield


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """SIGTERM and SIGHUP clean up as Ctrl-C does, unless the caller has them ignored."""
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(ValueError):  # only the main thread may ask for signals
                before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
