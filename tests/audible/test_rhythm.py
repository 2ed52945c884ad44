import numpy as np
import pytest

from aigc_label.audible import rhythm

RATES = [8000, 11025, 44100, 96000]
UNITS = [0.06, 0.12, 0.4]


def noise(rate, seconds=2.0, level=0.1):
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
@pytest.mark.parametrize("unit", UNITS)
def test_short_long_short_short(rate, unit):
    sound = rhythm.sound(rate, unit, 880)
    assert runs(sound, rate) == pytest.approx([n * unit for n in (1, 1, 3, 1, 1, 1, 1)], abs=0.012)
    assert sound.size == pytest.approx(9 * unit * rate, abs=9)


@pytest.mark.parametrize("pitch", [300, 880, 3000])
def test_pitch_and_level(pitch):
    sound = rhythm.sound(44100, 0.12, pitch)
    spectrum = abs(np.fft.rfft(sound))
    assert np.fft.rfftfreq(sound.size, 1 / 44100)[spectrum.argmax()] == pytest.approx(pitch, abs=2)
    assert 0.98 < abs(sound).max() <= 1


def test_attack_and_decay_do_not_click():
    sound = rhythm.sound(44100, 0.12, 880)
    assert abs(np.diff(sound)).max() < 2 * np.pi * 880 / 44100 * 1.05
    assert sound[0] == 0
    assert abs(sound[round(0.12 * 44100) - 1]) < 0.002


def test_very_low_rates_get_a_lower_pitch():
    sound = rhythm.sound(2000, 0.12, 880)
    assert abs(np.fft.rfft(sound)).argmax() * 2000 / sound.size == pytest.approx(500, abs=2)
    ((begin, end),) = rhythm.found(np.concatenate([sound, noise(2000)]), 2000)
    assert (begin, end) == pytest.approx((0, 1.08), abs=0.02)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("unit", [*UNITS, 0.09, 0.25])
@pytest.mark.parametrize("pitch", [300, 440, 880, 3000])
def test_any_unit_and_pitch_is_recognised(rate, unit, pitch):
    pitch = min(pitch, rate / 4)
    sound = 0.02 * rhythm.sound(rate, unit, pitch)
    silence = np.zeros(round(0.3 * rate))
    heard = np.concatenate([noise(rate), silence, sound, silence, noise(rate)])
    ((begin, end),) = rhythm.found(heard, rate)
    assert (begin, end) == pytest.approx((2.3, 2.3 + 9 * unit), abs=0.012)


def test_all_of_several_are_recognised():
    rate = 16000
    silence = np.zeros(rate // 2)
    sounds = [rhythm.sound(rate, unit, 600) * 0.1 for unit in UNITS]
    heard = np.concatenate([part for sound in sounds for part in (silence, sound)])
    assert [b - a for a, b in rhythm.found(heard, rate)] == pytest.approx(
        [9 * unit for unit in UNITS], abs=0.012
    )


def morse(*lengths, pitch=880, unit=0.12, rate=44100):
    tone = np.sin(2 * np.pi * pitch / rate * np.arange(rate * 2)) * 0.3
    size = round(unit * rate)
    parts = [part for n in lengths for part in (tone[: n * size], np.zeros(size))]
    return np.concatenate([*parts, np.zeros(rate)])


WHOLE = rhythm.sound(44100, 0.12, 880)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(200_000),
        noise(44100),
        np.sin(2 * np.pi * 880 / 44100 * np.arange(200_000)),
        morse(1, 1, 1, 1),
        morse(3, 1, 1, 1),
        morse(1, 3, 1, 3),
        morse(1, 3, 3, 1),
        morse(1, 2, 1, 1),
        morse(1, 3, 1, 1, pitch=200),
        morse(1, 3, 1, 1, pitch=4000),
        morse(1, 3, 1, 1, unit=0.03),
        np.concatenate([morse(1, 3)[:-44100], morse(1, 1, pitch=700)]),
        WHOLE[:40_000],
        WHOLE * 1e-4,
        WHOLE + noise(44100, level=0.8)[: WHOLE.size],
    ],
)
def test_other_sounds_are_not_taken_for_it(samples):
    assert rhythm.found(samples, 44100) == []
