"""What is wrong with a marked film is found before it is handed over."""

import itertools

import pytest
from PIL import Image

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks
from aigc_label.containers.ebml.elements import encoded, void
from aigc_label.containers.ebml.segment import SEGMENT
from aigc_label.errors import ReadBackMismatch
from aigc_label.explicit import matroska as marker
from aigc_label.explicit.drawing import overlay
from aigc_label.explicit.film import matroska_checking as checking
from aigc_label.explicit.film.codecs import vp9
from aigc_label.explicit.film.matroska_clusters import Frames
from aigc_label.explicit.film.matroska_reel import Reel
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mkv
from matroska_samples import OPUS, SOUND, SOURCE, VP9, film

TWO = ExplicitLabel(seconds=2)
RAW = (*SOURCE, *SOUND, *VP9, *OPUS)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    with open_asset(film(*RAW, name="checked.webm")) as asset:
        new = marker.MARKER.mark(asset, mkv.WEBM, TWO, lambda name: folder / name).asset
        with new:
            return new.read(0, new.size)


def judged(new, tmp_path):
    with open_asset(film(*RAW, name="checked.webm")) as before, open_asset(new) as after:
        source = Reel(before)

        def start(block):
            return vp9.start(b"", before.read(block.data, block.end - block.data))

        stretch = source.stretch(0, 2000, start)
        shown = sorted(stretch.replaced, key=lambda block: block.time)
        frames = Frames(stretch, shown, (), None)  # type: ignore[arg-type] # they are written already
        checking.verify(source, Reel(after), [frames], vp9, tmp_path / "part.mkv")


def block_of(raw, track, number):
    with open_asset(raw) as asset:
        reel = Reel(asset)
        found = [b for n in range(len(reel.clusters)) for b in reel.cluster(n).of(track)]
        return found[number]


def test_nothing_is_wrong(marked, tmp_path):
    judged(marked, tmp_path)


def test_lost_elements(marked, tmp_path):
    with open_asset(marked) as asset:
        reel = Reel(asset)
        body = marked[reel.segment.body : reel.segment.end]
        head = marked[: reel.segment.start]
    with pytest.raises(ReadBackMismatch, match="lost elements"):
        judged(head + encoded(SEGMENT, body + void(9)), tmp_path)


def test_lost_sound(marked, tmp_path):
    raw = bytearray(marked)
    raw[block_of(marked, 2, 5).data] ^= 1
    with pytest.raises(ReadBackMismatch, match="blocks of other tracks"):
        judged(bytes(raw), tmp_path)


def test_other_times(marked, tmp_path):
    raw = bytearray(marked)
    raw[block_of(marked, 1, 5).data - 2] ^= 1
    with pytest.raises(ReadBackMismatch, match="other times"):
        judged(bytes(raw), tmp_path)


@pytest.mark.parametrize("number", [3, 31])
def test_frames_that_are_not_decoded(number, marked, tmp_path):
    raw = bytearray(marked)
    block = block_of(marked, 1, number)
    raw[block.data : block.end] = bytes(block.end - block.data)
    with pytest.raises(ReadBackMismatch, match=r"not decoded|not all frames"):
        judged(bytes(raw), tmp_path)


def test_frames_that_are_decoded_to_others(marked, tmp_path):
    """A later frame in the place of a copied one: a mistake of one slot."""
    with open_asset(marked) as asset:
        reel = Reel(asset)
        pairs = (
            (reel.cluster(number).time, first, other)
            for number in range(len(reel.clusters))
            for first, other in itertools.pairwise(reel.frames(number))
        )
        base, first, other = next(
            (base, first, other)
            for base, first, other in pairs
            if first.time > 3000 and first.end - first.data > other.end - other.data + 2
        )
        data = asset.read(other.data, other.end - other.data)
    place = first.place
    new = encoded(blocks.SIMPLE_BLOCK, blocks.header(1, first.time - base, 0) + data)
    filled = new + void(place.end - place.start - len(new))
    with pytest.raises(ReadBackMismatch, match="not decoded as they were"):
        judged(marked[: place.start] + filled + marked[place.end :], tmp_path)


def test_whether_words_are_seen():
    ground = Image.radial_gradient("L").resize((192, 108)).convert("RGB")
    mark = overlay.compose(TWO, ground.size, ground, still=False)
    drawn = ground.copy()
    drawn.paste(mark.image, (mark.left, mark.top), mark.image)
    assert checking.bears(mark, drawn, ground)
    assert checking.bears(mark, drawn, drawn)
    assert not checking.bears(mark, ground, ground)
