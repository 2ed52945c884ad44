"""c2pa-python, loaded when something is signed or validated."""

from __future__ import annotations

from typing import Any

from aigc_label.errors import MissingExtra


def load() -> Any:
    """The package ``c2pa``, which takes 0.1 s to import.

    Raises:
        MissingExtra: it is not installed, or has no library for this system.
    """
    try:
        import c2pa  # noqa: PLC0415 - that is the purpose
    except (ImportError, OSError) as error:
        raise MissingExtra(
            f"content credentials need c2pa-python: pip install c2pa-python ({error})"
        ) from None
    return c2pa
