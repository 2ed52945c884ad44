"""One module per file format, each ending in ``FORMAT = Format(...)``."""
