"""Make the clips of voice marks: `python tools/make_voice.py src/aigc_label/sounds`.

Runs espeak-ng (Mandarin) and flite (English), both from Debian, and ffmpeg. The speed of the
Chinese clip is set by measuring it: clause 5.3 notes 120 to 160 characters a minute.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from aigc_label import ffmpeg
from aigc_label.audible.voice import TEXTS

CHARACTERS_A_MINUTE = 140
SLOWEST, FASTEST = 60, 260  # words a minute, as espeak-ng counts them

# Cut the silence at both ends, and low rumble; fade; bring to -20 LUFS and at most -2 dBTP.
_CUT = "silenceremove=start_periods=1:start_threshold=-45dB:start_silence=0.02"
_FINISH = (
    f"highpass=f=70,{_CUT},areverse,{_CUT},afade=t=in:d=0.03,areverse,afade=t=in:d=0.01,"
    "loudnorm=I=-20:TP=-2:LRA=20,aresample=48000"
)
_CODED = ("-c:a", "libopus", "-b:a", "40k", "-ac", "1", "-map_metadata", "-1", "-bitexact")


# The voice `cmn` reads the pinyin it makes of most characters as English ("ben three"); this one
# does not. Tones by number, words joined.
_MANDARIN = "cmn-latn-pinyin"
_PINYIN = "ben3 nei4rong2 you2 ren2gong1 zhi4neng2 sheng1cheng2"


def spoken_chinese(speed: int, to: Path) -> None:
    """Mandarin by espeak-ng, synthesised from formants: no recorded voice is in it."""
    run = ["espeak-ng", "-v", _MANDARIN, "-s", str(speed), "-p", "45"]
    told = subprocess.run([*run, "-q", "-x", _PINYIN], check=True, capture_output=True)
    if b"(" in told.stdout:
        sys.exit(f"espeak-ng speaks another language in between: {told.stdout!r}")
    subprocess.run([*run, "-w", str(to), _PINYIN], check=True)


def spoken_english(text: str, to: Path) -> None:
    """American English by flite with the voice slt."""
    subprocess.run(
        [
            "flite", "-voice", "slt", "--setf", "duration_stretch=1.05",
            "-t", f"{text}.", "-o", str(to),
        ],
        check=True,
    )  # fmt: skip


def finished(spoken: Path, to: Path) -> float:
    """The clip as it ships; returns its seconds."""
    args = ("-i", ffmpeg.url(spoken), "-af", _FINISH, *_CODED)
    ffmpeg.run(("-y", *args, "-f", "opus", ffmpeg.url(to)))
    raw = ffmpeg.run(("-i", ffmpeg.url(to), "-ac", "1", "-ar", "48000", "-f", "s16le", "pipe:1"))
    return len(raw) / 2 / 48_000


def main(folder: Path) -> None:
    """Make both clips, and say how long and fast they are."""
    with tempfile.TemporaryDirectory() as scratch:
        spoken = Path(scratch, "spoken.wav")
        text = TEXTS["voice-zh"]
        speed, wanted = SLOWEST, len(text) * 60 / CHARACTERS_A_MINUTE
        while speed < FASTEST:
            spoken_chinese(speed, spoken)
            seconds = finished(spoken, folder / "voice-zh.opus")
            if seconds <= wanted:
                break
            speed += 3
        print(f"voice-zh: {seconds:.2f} s, {len(text) * 60 / seconds:.0f} characters a minute")
        text = TEXTS["voice-en"]
        spoken_english(text, spoken)
        seconds = finished(spoken, folder / "voice-en.opus")
        print(f"voice-en: {seconds:.2f} s, {len(text.split()) * 60 / seconds:.0f} words a minute")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
