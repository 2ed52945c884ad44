"""``python -m aigc_label``."""

import sys

from aigc_label.cli import main

if __name__ == "__main__":
    sys.exit(main())
