import numpy as np
import pytest
from hearing import BOTH, lufs, marked

from aigc_label import ffmpeg, wording
from aigc_label.audible import voice
from aigc_label.errors import InvalidLabel
from aigc_label.explicit.sound import mark
from aigc_label.explicit_label import VOICES, Sound
from audio_samples import decoded, mp3, noise, wav

RATE = 16_000


def own_clip(tmp_path, seconds=1.0, name="own.wav", **sound):
    path = tmp_path / name
    chirp = np.sin(np.cumsum(np.linspace(0.05, 0.9, round(seconds * RATE))))
    raw = (chirp * 9000 * sound.get("level", 1)).astype("<i2").tobytes()
    form = ("-f", "s16le", "-ar", f"{RATE}", "-ac", "1", "-i", "pipe:0")
    ffmpeg.run(("-y", *form, ffmpeg.url(path)), input=raw)
    return path


def test_chinese_clip_is_spoken_at_the_speed_of_5_3():
    seconds = mark.of(Sound(kind="voice-zh")).seconds
    assert 120 <= len(voice.TEXTS["voice-zh"]) * 60 / seconds <= 160


def test_words_of_the_clips():
    assert wording.is_prompt(voice.TEXTS["voice-zh"])
    assert 120 <= len(voice.TEXTS["voice-en"].split()) * 60 / voice.Clip("voice-en").seconds <= 180


@pytest.mark.parametrize("kind", VOICES)
def test_clips_are_clean(kind):
    clip = voice.Clip(kind).at(48_000)
    assert 2 < clip.size / 48_000 < 5
    assert abs(clip).max() == pytest.approx(1)
    assert abs(clip[:50]).max() < 0.02  # no click
    assert abs(clip[-50:]).max() < 0.02
    assert abs(clip[: 48_000 // 5]).max() > 0.1  # no long silence
    assert abs(clip[-48_000 // 5 :]).max() > 0.05
    assert abs(clip.mean()) < 0.005


@pytest.mark.parametrize("kind", VOICES)
def test_clips_are_small(kind):
    from importlib import resources

    path = resources.files("aigc_label") / "sounds" / f"{kind}.opus"
    assert len(path.read_bytes()) < 30_000


@pytest.mark.parametrize(("kind", "source"), [("voice-en", "wav"), ("voice-zh", "mp3")])
def test_voice_is_put_in_once(kind, source):
    data = wav(2.0) if source == "wav" else mp3("-b:a", "64k", rate=22050, channels=1)
    done = marked(data, BOTH, kind=kind)
    new, found = done
    assert found.kind == "voice"
    assert found.text == voice.TEXTS[kind]
    assert found.at[1] - found.at[0] == pytest.approx(voice.Clip(kind).seconds, abs=0.01)
    assert bool(done.notes) == (kind == "voice-en")
    again, same = marked(new, BOTH, kind=kind)
    assert again == new
    assert same.at == pytest.approx(found.at, abs=0.1)
    other, _ = marked(new, kind="rhythm")
    assert other != new


def test_voice_is_as_loud_as_the_programme():
    new, found = marked(wav(2.0), kind="voice-zh")
    sound = np.frombuffer(decoded(new, "wav"), "<f4").reshape(-1, 2)
    last = round(found.at[1] * 44100)
    voiced, peak = lufs(sound[:last], 44100)
    programme, _ = lufs(sound[last + round(0.3 * 44100) :], 44100)
    assert peak <= -1
    assert voiced == pytest.approx(programme, abs=0.5) or peak == pytest.approx(-1, abs=0.2)


@pytest.mark.parametrize("name", ["own.wav", "own.mp3"])
def test_clip_of_ones_own(tmp_path, name):
    clip = own_clip(tmp_path, name=name)
    new, found = marked(wav(1.0), BOTH, kind=str(clip))
    assert found.kind == "voice"
    assert found.text == ""
    assert found.at == pytest.approx((0, 1), abs=0.1)
    assert marked(new, BOTH, kind=str(clip))[0] == new


def test_a_changed_clip_is_another(tmp_path):
    clip = own_clip(tmp_path)
    new, _ = marked(wav(1.0), kind=str(clip))
    own_clip(tmp_path, seconds=2.0)
    assert marked(new, kind=str(clip))[0] != new


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "none.wav", "no such clip"),
        (lambda folder: own_clip(folder, seconds=30.5), "longer than 30 seconds"),
        (lambda folder: own_clip(folder, level=0), "is silent"),
        (lambda folder: (folder / "a.txt").write_text("words") and folder / "a.txt", "no sound"),
    ],
)
def test_clips_that_are_refused(tmp_path, make, words):
    with pytest.raises(InvalidLabel, match=words):
        marked(wav(1.0), kind=str(make(tmp_path)))


def test_clips_are_found_after_coding_and_nothing_else_is():
    clip = voice.Clip("voice-zh")
    sound = np.concatenate([np.zeros(RATE // 2), clip.at(RATE) * 0.1, np.zeros(RATE)])
    ((begin, end),) = clip.found(sound, RATE)
    assert (begin, end) == pytest.approx((0.5, 0.5 + clip.seconds), abs=0.01)
    twice = clip.found(np.concatenate([sound, sound]), RATE)
    assert len(twice) == 2
    others = np.frombuffer(noise(8.0, rate=RATE, channels=1), "<i2") / 32768
    assert clip.found(others, RATE) == []
    assert clip.found(voice.Clip("voice-en").at(RATE), RATE) == []
    assert clip.found(np.zeros(RATE), RATE) == []
