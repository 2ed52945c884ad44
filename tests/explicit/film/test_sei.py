"""What generators say of themselves in the first frame (user data in an SEI) survives a mark."""

import pytest

from aigc_label import api, ffmpeg
from aigc_label.explicit_label import ExplicitLabel
from film_samples import H264, H265, SOURCE
from mp4_samples import film

IDENTITY = "dc45e9bde6d948b7962cd820d923eeef"
SAID = b"kling-ai-says-so"


def sample(name):
    """A film that bears user data in its first frame; x265 takes it from an H.264 film."""
    told = ("-bsf:v", f"h264_metadata=sei_user_data={IDENTITY}+{SAID.decode()}")
    first = film(*SOURCE, *H264, *told, name="said.mp4")
    if name == "said.mp4":
        return first
    target = ffmpeg.url(name)
    coded = ("-c:v", "copy") if not name.startswith("hevc") else (*H265, "-udu_sei", "1")
    with open("first.mp4", "wb") as file:
        file.write(first)
    quiet = () if coded[1] == "copy" else ("-x265-params", "log-level=error")
    ffmpeg.run(["-i", "file:first.mp4", *coded, *quiet, target])
    with open(name, "rb") as file:
        return file.read()


def coded(raw, name):
    """The film; of a transport stream the picture, as user data may stand in two packets."""
    if not name.endswith(".ts"):
        return raw
    told = ("-f", "mpegts", "-i", "pipe:0", "-map", "0:v", "-c", "copy", "-f", "h264", "pipe:1")
    return ffmpeg.run(told, input=raw)


@pytest.mark.parametrize("span", ["start", "full"])
@pytest.mark.parametrize(
    "name", ["said.mp4", "said.mov", "hevc.mp4", "said.mkv", "said.flv", "said.ts"]
)
def test_user_data_of_the_first_frame_stays(name, span, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = sample(name)
    assert SAID in coded(raw, name)[:20_000]
    done = api.label(raw, None, explicit=ExplicitLabel(seconds=2, spans=(span,)), name=name)
    assert bytes.fromhex(IDENTITY) + SAID in coded(done.data, name)[:40_000]
