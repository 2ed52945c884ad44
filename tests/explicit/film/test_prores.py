"""ProRes: only the frames under the words are others, and they say what the source's say."""

from __future__ import annotations

import imageio_ffmpeg
import numpy as np
import pytest
from test_codecs import LOOK, STRETCH

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import codecs, encoder, marking, tables
from aigc_label.explicit.film.codecs import prores
from aigc_label.explicit.film.segment import Made, Start
from aigc_label.formats import mov
from film_samples import SOUND, TWO, frames, packets, read
from mp4_samples import film, workshop

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=192x128:rate=10:duration=4")
ALPHA = ("-vf", "format=yuva444p,geq=lum='lum(X,Y)':cb='cb(X,Y)':cr='cr(X,Y)':a='X*255/W'")
DEEP = ("-c:v", "prores_ks", "-profile:v", "4444")
FILMS = {
    "proxy": (*SOURCE, "-c:v", "prores_ks", "-profile:v", "proxy"),
    "hq, sound": (*SOURCE, *SOUND, "-c:v", "prores_ks", "-profile:v", "hq", "-c:a", "pcm_s16le"),
    "by the other encoder": (*SOURCE, "-c:v", "prores_aw", "-profile:v", "2"),
    "4444": (*SOURCE, *DEEP, "-pix_fmt", "yuv444p10le"),
    "4444, alpha": (*SOURCE, *ALPHA, *DEEP, "-pix_fmt", "yuva444p10le"),
}
LIKE = bytes(4) + b"icpf" + bytes(8) + b"\0\xc0\0\x80" + bytes((0x82, 0x34, 9, 16, 9, 0x02, 0, 0))


@pytest.fixture
def scratch(tmp_path):
    return lambda name: tmp_path / name


@pytest.fixture(autouse=True)
def wheels(monkeypatch):
    """An older one on PATH does not draw on 4:4:4 with 10 bits."""
    monkeypatch.setenv(ffmpeg.VARIABLE, imageio_ffmpeg.get_ffmpeg_exe())


def source(name):
    return film(*FILMS[name], name=f"prores {name.replace(',', '')}.mov")


def marked(raw, scratch):
    with open_asset(raw, name="a.mov") as asset:
        done = marking.mark(asset, mov.FORMAT, TWO, scratch)
        return read(done.asset), done


def samples(raw):
    with open_asset(raw) as asset:
        track = tables.pictures(asset)[0]
        return [tables.sample(asset, track, n) for n in range(len(track.sizes))], track


def planes(raw, *filters):
    """All frames as numbers."""
    path = workshop("prores planes.mov")
    path.write_bytes(raw)
    args = ("-i", ffmpeg.url(path), "-map", "0:v", *filters, "-f", "rawvideo", "pipe:1")
    return np.frombuffer(ffmpeg.run(args), "<u2").reshape(40, 128, -1).astype(int)


@pytest.mark.parametrize("name", FILMS)
def test_what_is_not_under_the_words_is_what_it_was(name, scratch):
    raw = source(name)
    new, done = marked(raw, scratch)
    before, after = frames(raw), frames(new)
    assert [time for time, _ in after] == [time for time, _ in before]
    differ = [n for n, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert differ == list(range(20))
    (old, track), (made, other) = samples(raw), samples(new)
    assert made[20:] == old[20:]
    assert (track.decoded == other.decoded).all()
    assert track.entry.type == other.entry.type
    for one, two in zip(old, made, strict=True):
        assert one[16:26] == two[16:26]  # size, shape, rate, colours, alpha
        assert int.from_bytes(two[:4]) == len(two)
    if "sound" in name:
        assert packets(new, "a") == packets(raw, "a") != []
    assert any("10 bits" in note for note in done.notes) is ("4444" in name)
    again, _ = marked(new, scratch)
    assert again == new


@pytest.mark.parametrize("name", ["hq, sound", "4444, alpha"])
def test_the_picture_beside_the_words_stays_as_it_looked(name, scratch):
    raw = source(name)
    form = ("-vf", "format=yuv444p12le,extractplanes=y", "-pix_fmt", "gray12le")
    old, new = (planes(one, *form)[:20, :64] for one in (raw, marked(raw, scratch)[0]))
    error = ((old - new) ** 2).mean()
    assert 10 * np.log10(4095**2 / max(error, 1e-9)) > 45


def test_alpha_is_kept(scratch):
    raw = source("4444, alpha")
    form = ("-vf", "alphaextract,format=gray12le", "-pix_fmt", "gray12le")
    old, new = (planes(one, *form) for one in (raw, marked(raw, scratch)[0]))
    assert (abs(old - new)[:, :64] <= 8).all()
    assert (new[20:] == old[20:]).all()
    assert (new[:20] >= old[:20] - 8).all()  # nothing is more transparent than it was
    assert (new[:20, 64:] > old[:20, 64:] + 100).any()  # the words are not, where all else is


def test_interlaced_films_are_refused_and_not_encoded_whole(scratch):
    fields = ("-vf", "interlace=lowpass=0", "-flags", "+ildct")
    raw = film(*SOURCE, *fields, "-c:v", "prores_ks", name="prores fields.mov")
    with pytest.raises(CannotCarry, match="interlaced"):
        marked(raw, scratch)


def test_an_ffmpeg_that_cannot_draw_on_it_is_named(scratch, monkeypatch):
    raw = source("4444")
    broken = {"yuv444p12le": ("no-yuv444p10", "yuva444p10le")}
    monkeypatch.setattr(prores, "DEEP", broken)
    with pytest.raises(CannotCarry, match=f"{ffmpeg.VARIABLE} may name a newer one"):
        marked(raw, scratch)


def test_other_pixels_are_named():
    with pytest.raises(CannotCarry, match="yuv422p12le"):
        encoder.require_drawable(LOOK._replace(codec="prores", pixels="yuv422p12le"))
    with pytest.raises(CannotCarry, match="yuv444p12le"):
        encoder.require_drawable(LOOK._replace(codec="hevc", pixels="yuv444p12le"))


def test_where_it_begins():
    assert codecs.by_entry(b"ap4x") is prores
    assert prores.start(b"", LIKE) is Start.CLOSED
    assert prores.start(b"", LIKE[:20]) is Start.NONE
    assert prores.start(b"", bytes(40)) is Start.NONE


def test_arguments():
    look = LOOK._replace(tag="ap4h")
    told = prores.arguments(b"", look, STRETCH, [LIKE])
    assert told[:4] == ["-c:v", "prores_ks", "-profile:v", "4"]
    assert told[4:] == ["-bits_per_mb", "2350", "-alpha_bits", "16"]
    plain = LIKE[:25] + b"\0" + LIKE[26:]
    assert prores.arguments(b"", look._replace(tag="apcn"), STRETCH, [plain])[3:] == [
        *("2", "-bits_per_mb", "1050"),
    ]
    large = LIKE + bytes(96 * 200)
    assert prores.arguments(b"", look, STRETCH, [large])[5] == "2350"
    assert prores.arguments(b"", look._replace(tag="apco"), STRETCH, [large])[5] == "2003"
    assert prores.arguments(b"", look, STRETCH, [large * 9])[5] == "8192"


@pytest.mark.parametrize(
    ("tag", "at", "value", "words"),
    [
        ("apxx", 0, 0, "profile 'apxx'"),
        ("ap4h", 20, 0x86, "interlaced"),
        ("ap4h", 25, 3, "unknown kind of alpha"),
    ],
)
def test_refusals(tag, at, value, words):
    like = LIKE[:at] + bytes([value]) + LIKE[at + 1 :]
    with pytest.raises(CannotCarry, match=words):
        prores.arguments(b"", LOOK._replace(tag=tag), STRETCH, [like])
    with pytest.raises(CannotCarry, match="interlaced"):
        prores.arguments(b"", LOOK._replace(tag="apch"), STRETCH)


@pytest.mark.parametrize(("at", "value"), [(4, 0), (17, 1), (20, 0xC2), (25, 0)])
def test_frames_of_another_kind_are_refused(at, value):
    odd = LIKE[:at] + bytes([value]) + LIKE[at + 1 :]
    with pytest.raises(CannotCarry, match="another kind"):
        prores.join(b"", Made(b"", [odd]), [LIKE])
    joined = prores.join(b"", Made(b"", [LIKE[:21] + bytes(4) + LIKE[25:]]), [LIKE])
    assert joined.samples == [LIKE]
    assert joined.keys == [True]
