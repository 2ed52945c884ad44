import numpy as np
import pytest
from hearing import lufs

from aigc_label.explicit.sound import loudness


def sine(rate, seconds, decibels, pitch=1000, channels=1):
    tone = np.sin(2 * np.pi * pitch / rate * np.arange(round(seconds * rate)))
    return np.repeat(10 ** (decibels / 20) * tone[:, None], channels, axis=1)


@pytest.mark.parametrize("rate", [8000, 44100, 48000, 192_000])
def test_reference_tone(rate):
    # BS.1770: 0 dBFS at 997 Hz in one channel is -3.01 LUFS
    assert loudness.integrated([sine(rate, 2, 0, 997)], rate) == pytest.approx(-3.01, abs=0.05)
    assert loudness.integrated([sine(rate, 2, -20, 997, 2)], rate) == pytest.approx(-20, abs=0.05)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [  # EBU Tech 3341, cases 1 to 4: seconds and levels of a stereo sine
        ([(5, -23)], -23),
        ([(5, -33)], -33),
        ([(2, -36), (12, -23), (2, -36)], -23),
        ([(2, -72), (2, -36), (12, -23), (2, -36), (2, -72)], -23),
    ],
)
def test_gates_of_ebu_tech_3341(parts, expected):
    rate = 8000
    sound = np.concatenate([sine(rate, s, level, channels=2) for s, level in parts])
    assert loudness.integrated([sound], rate) == pytest.approx(expected, abs=0.1)


@pytest.mark.foreign("ffmpeg")
@pytest.mark.parametrize("rate", [11025, 44100, 96000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_agrees_with_ffmpeg(rate, channels):
    chance = np.random.default_rng(channels)
    sound = chance.normal(0, 0.05, (rate * 5, channels))
    sound[:: rate // 20] += 0.3  # clicks
    sound[rate : 2 * rate] *= 0.02
    sound += sine(rate, 5, -12, 90)
    told, _ = lufs(sound, rate)
    assert loudness.integrated([sound], rate) == pytest.approx(told, abs=0.1)


def test_silence_has_none():
    assert loudness.integrated([], 8000) is None
    assert loudness.integrated([np.zeros((0, 2))], 8000) is None
    assert loudness.integrated([np.zeros((8000, 2))], 8000) is None
    assert loudness.alike(np.zeros(8000), 8000, 2) is None


def test_short_pieces_are_measured_as_they_are():
    tone = sine(8000, 0.2, -20, 997)
    assert loudness.integrated([tone], 8000) == pytest.approx(-23, abs=0.2)


@pytest.mark.parametrize("channels", [1, 2, 4, 6, 8])
def test_alike_in_all_channels(channels):
    tone = sine(8000, 1, -20)[:, 0]
    together = loudness.integrated([np.repeat(tone[:, None], channels, axis=1)], 8000)
    assert loudness.alike(tone, 8000, channels) == pytest.approx(together, abs=0.01)


def test_true_peak_lies_between_samples():
    rate = 48000
    tone = np.sin(2 * np.pi * (rate / 4) / rate * np.arange(rate) + np.pi / 4)
    assert abs(tone).max() == pytest.approx(0.707, abs=0.001)
    assert loudness.true_peak(tone) == pytest.approx(1, abs=0.06)
    assert loudness.true_peak(np.zeros(0)) == 0
