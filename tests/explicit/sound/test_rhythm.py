import numpy as np
import pytest

from aigc_label.explicit.sound import rhythm

RATES = [8000, 11025, 22050, 44100, 48000, 96000]


def noise(rate, seconds=3.0, level=0.1):
    return np.random.default_rng(7).normal(0, level, round(rate * seconds))


def runs(sound, rate):
    """Seconds of sound and of silence in turn, told by 2 ms blocks."""
    step = round(0.002 * rate)
    loud = [abs(sound[i : i + step]).max() > 0.05 for i in range(0, sound.size, step)]
    lengths = []
    for now, last in zip(loud, [None, *loud], strict=False):
        if now is last:
            lengths[-1] += 1
        else:
            lengths.append(1)
    seconds = [n * step / rate for n in lengths]
    return [second for second in seconds if second > 0.01]  # attack and decay


@pytest.mark.parametrize("rate", RATES)
def test_short_long_short_short(rate):
    sound = rhythm.sound(rate, 0.5)
    assert runs(sound, rate) == pytest.approx(
        [0.12, 0.12, 0.36, 0.12, 0.12, 0.12, 0.12, 0.3], abs=0.012
    )
    assert pytest.approx(1.08) == rhythm.SECONDS
    at_end = rhythm.sound(rate, 0.5, at_end=True)
    assert runs(at_end, rate) == pytest.approx(
        [0.3, 0.12, 0.12, 0.36, 0.12, 0.12, 0.12, 0.12], abs=0.012
    )


@pytest.mark.parametrize("rate", RATES)
def test_pitch_level_and_parity(rate):
    sound = rhythm.sound(rate, 0.5)
    spectrum = abs(np.fft.rfft(sound))
    assert np.fft.rfftfreq(sound.size, 1 / rate)[spectrum.argmax()] == pytest.approx(880, abs=2)
    assert 0.49 < abs(sound).max() <= 0.5
    assert sound.size % 2 == 0


def test_attack_and_decay_do_not_click():
    sound = rhythm.sound(44100, 0.5)
    assert abs(np.diff(sound)).max() < 0.5 * 2 * np.pi * 880 / 44100 * 1.05
    assert sound[0] == 0
    assert abs(sound[round(0.12 * 44100) - 1]) < 0.001


def test_very_low_rates_get_a_lower_pitch():
    sound = rhythm.sound(2000, 0.5)
    assert abs(np.fft.rfft(sound)).argmax() * 2000 / sound.size == pytest.approx(500, abs=2)
    assert rhythm.begins(np.concatenate([sound, noise(2000)]), 2000) == 0


@pytest.mark.parametrize(
    ("programme", "expected"),
    [
        (np.zeros(44100), rhythm.USUAL),
        (np.zeros(0), rhythm.USUAL),
        (noise(44100, level=0.005), rhythm.QUIETEST),
        (noise(44100, level=0.2), 0.28),
        (np.sign(noise(44100)), rhythm.LOUDEST),
        (np.concatenate([np.zeros(400_000), noise(8000, level=0.2)]), 0.28),
    ],
)
def test_level_follows_the_programme_within_bounds(programme, expected):
    assert rhythm.level(programme) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("amplitude", [0.1, 0.5])
def test_its_own_sound_is_recognised(rate, amplitude):
    programme = noise(rate)
    start = np.concatenate([rhythm.sound(rate, amplitude), programme])
    assert rhythm.begins(start, rate) == pytest.approx(0, abs=0.006)
    late = np.concatenate([np.zeros(round(0.15 * rate)), start])
    assert rhythm.begins(late, rate) == pytest.approx(0.15, abs=0.006)
    end = np.concatenate([programme, rhythm.sound(rate, amplitude, at_end=True)])
    assert rhythm.ends(end, rate) == pytest.approx(3.3, abs=0.006)
    assert rhythm.begins(end, rate) is None
    assert rhythm.ends(start, rate) is None


def morse(rate, *lengths, pitch=880):
    tone = np.sin(2 * np.pi * pitch / rate * np.arange(rate * 2)) * 0.3
    unit = round(0.12 * rate)
    parts = [part for n in lengths for part in (tone[: n * unit], np.zeros(unit))]
    return np.concatenate([*parts, np.zeros(rate)])


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(200_000),
        noise(44100),
        np.sin(2 * np.pi * 880 / 44100 * np.arange(200_000)),
        morse(44100, 1, 1, 1, 1),
        morse(44100, 3, 1, 1, 1),
        morse(44100, 1, 3, 1, 3),
        morse(44100, 1, 3, 1, 1, pitch=700),
        rhythm.sound(44100, 0.3)[:40_000],
        rhythm.sound(44100, 0.0),
        rhythm.sound(44100, 0.3) + noise(44100, level=0.3)[:60_858],
        np.concatenate([np.zeros(20_000), rhythm.sound(44100, 0.3)]),
    ],
)
def test_other_sounds_are_not_taken_for_it(samples):
    assert rhythm.begins(samples, 44100) is None
