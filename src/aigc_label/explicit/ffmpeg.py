"""The same as :mod:`aigc_label.ffmpeg`."""

import sys

from aigc_label import ffmpeg

sys.modules[__name__] = ffmpeg
