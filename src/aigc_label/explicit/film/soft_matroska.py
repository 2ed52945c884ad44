"""The words as a subtitle track in Matroska and WebM (RFC 9559; Matroska codec specifications).

A TrackEntry more, and a block for each time that the words stand, in the Cluster that plays then:
all other blocks keep their bytes and their order, and what names positions follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks
from aigc_label.containers.ebml.blocks import Block
from aigc_label.containers.ebml.elements import children, encoded
from aigc_label.errors import CannotCarry, ReadBackMismatch
from aigc_label.explicit.film import (
    matroska_clusters,
    matroska_marking,
    matroska_tracks,
    matroska_writing,
    soft_track,
    timing,
)
from aigc_label.explicit.film.matroska_reel import Reel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from aigc_label.contract import Marked
    from aigc_label.explicit.film.matroska_clusters import Made
    from aigc_label.explicit.film.segment import Showing
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

_NUMBER, _UID, _TYPE, _DEFAULT, _LACING = 0xD7, 0x73C5, 0x83, 0x88, 0x9C
_NAME, _LANGUAGE = 0x536E, 0x22B59C
_DURATION = 0x9B
_SUBTITLES = 0x11
_CODECS = {"mkv": b"S_TEXT/UTF8", "webm": b"D_WEBVTT/SUBTITLES"}
"""The ids of codings; WebM's own is the one that its demuxers know."""
_VTT_HEAD = b"\n\n"
"""Before a cue of WebM stand its name and its settings, a line each; ours has neither."""
_NANO = 1_000_000_000
_GLANCE = 16  # bytes of a frame that are looked at


class _Words(NamedTuple):
    """A block of words.

    Attributes:
        time: when they appear, in ticks.
        length: for how many ticks.
        data: as they are stored.
    """

    time: int
    length: int
    data: bytes


def added(marked: Marked, kind: str, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """The marked film with the words as a track too; as it is where it has such a track.

    Args:
        marked: the film.
        kind: ``"mkv"`` or ``"webm"``.
        explicit: the words.
        scratch: for the new film.

    Raises:
        CannotCarry: no track can be added.
        LimitExceeded, Malformed: it is damaged, or larger than any.
        ReadBackMismatch: what came out is not what should.
    """
    reel = Reel(marked.asset)
    showings = timing.showings(explicit, matroska_marking.played(reel))
    shown = [_words(one, reel, kind, explicit.text) for one in showings]
    if any(_has(reel, number, shown) for number in _subtitles(reel, kind)):
        return marked
    number = _free(reel, _NUMBER)
    entry = _entry(reel, number, kind, explicit.text)
    work, target = scratch("words"), scratch("worded.mkv")
    with work.open("wb") as file:
        made = _made(reel, number, shown, file)
    with open_asset(work) as clusters, target.open("wb") as file:
        matroska_writing.rewritten(reel, made, entry, clusters, file)
    work.unlink()
    new = open_asset(target, name=marked.asset.name)
    _verify(reel, Reel(new), number, shown)
    return marked._replace(asset=new)


def _words(showing: Showing, reel: Reel, kind: str, text: str) -> _Words:
    start, end = (round(at * _NANO / reel.picture.tick) for at in (showing.start, showing.end))
    head = _VTT_HEAD if kind == "webm" else b""
    return _Words(start, end - start, head + text.encode())


def _facts(reel: Reel) -> Iterator[dict[int, bytes]]:
    """What each TrackEntry says."""
    data = reel.picture.tracks
    for entry in children(data, 0, len(data)):
        if entry.id == matroska_tracks.TRACK_ENTRY:
            inner = children(data, entry.body, entry.end)
            yield {part.id: data[part.body : part.end] for part in inner}


def _subtitles(reel: Reel, kind: str) -> Iterator[int]:
    """The numbers of tracks that are coded like ours."""
    for facts in _facts(reel):
        if facts.get(matroska_tracks.CODEC_ID, b"").rstrip(b"\0") == _CODECS[kind]:
            yield int.from_bytes(facts.get(_NUMBER, b"")[:8])


def _free(reel: Reel, kind: int) -> int:
    taken = {int.from_bytes(facts.get(kind, b"")[:8]) for facts in _facts(reel)}
    return next(n for n in range(1, len(taken) + 2) if n not in taken)


def _has(reel: Reel, number: int, shown: list[_Words]) -> bool:
    """Whether a track holds these words at these times."""
    return all(
        any(_read(reel, block) == words for block in reel.cluster(place).of(number))
        for words in shown
        for place in [_place(reel, words.time)]
    )


def _read(reel: Reel, block: Block) -> _Words:
    lengths = [part for part in block.others if part.id == _DURATION]
    length = blocks.number(reel.asset, lengths[0]) if lengths else 0
    return _Words(block.time, length, reel.asset.peek(block.data, block.end - block.data))


def _entry(reel: Reel, number: int, kind: str, text: str) -> bytes:
    language = soft_track.language(text).bibliographic
    facts = {
        _NUMBER: _whole(number),
        _UID: _whole(_free(reel, _UID)),
        _TYPE: _whole(_SUBTITLES),
        _LACING: _whole(0),
        _DEFAULT: _whole(1),
        _NAME: soft_track.NAME.encode(),
        _LANGUAGE: language.encode(),
        matroska_tracks.CODEC_ID: _CODECS[kind],
    }
    body = b"".join(encoded(key, value) for key, value in facts.items())
    return encoded(matroska_tracks.TRACK_ENTRY, body)


def _whole(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8))


def _made(reel: Reel, number: int, shown: list[_Words], file: BinaryIO) -> dict[int, Made]:
    """The Clusters in which the words stand, made anew, by where they begin."""
    waiting: dict[int, list[_Words]] = {}
    for words in shown:
        waiting.setdefault(_place(reel, words.time), []).append(words)
    out = {}
    for cluster, some in sorted(waiting.items()):
        found = reel.cluster(cluster)
        before: dict[int, list[bytes]] = {}
        for words in some:
            offset = words.time - found.time
            if not blocks.NEAREST <= offset <= blocks.FARTHEST:
                raise CannotCarry("its frames are stored too far from their times; remux it first")
            before.setdefault(_slot(found, words.time), []).append(_block(number, offset, words))
        out[found.place.start] = matroska_clusters.extended(reel.asset, found, before, file)
    return out


def _place(reel: Reel, time: int) -> int:
    """The Cluster that plays at a time: the last one that does not begin behind it."""
    fitting = (n for n in range(len(reel.times) - 1, -1, -1) if reel.times[n] <= time)
    return next(fitting, 0)


def _slot(cluster: blocks.Cluster, time: int) -> int:
    """Where in a Cluster a block of that time stands: before the first that is not earlier."""
    for child in cluster.children:
        if isinstance(child, Block) and child.time >= time:
            return child.place.start
    return cluster.place.end


def _block(number: int, offset: int, words: _Words) -> bytes:
    block = encoded(blocks.BLOCK, blocks.header(number, offset, 0) + words.data)
    return encoded(blocks.BLOCK_GROUP, block + encoded(_DURATION, _whole(words.length)))


def _verify(source: Reel, new: Reel, number: int, shown: list[_Words]) -> None:
    """Compare the blocks of a film before and after, in the Clusters that were made anew.

    Raises:
        ReadBackMismatch: if others than the words have come, gone or moved.
    """
    if source.times != new.times or not _has(new, number, shown):
        raise ReadBackMismatch("the subtitle track cannot be read back")
    changed = {_place(source, words.time) for words in shown}
    for n in range(len(source.clusters)):
        look = _heads if n in changed else _end
        if look(source, n, number) != look(new, n, number):
            raise ReadBackMismatch("the marked film has lost its place in a track")


def _end(reel: Reel, cluster: int, _: int) -> bytes:
    """How a Cluster ends that was copied."""
    place = reel.clusters[cluster]
    length = min(_GLANCE, place.end - place.body)
    return reel.asset.peek(place.end - length, length)


def _heads(reel: Reel, cluster: int, but: int) -> list[tuple[int, int, int, int, bytes]]:
    """What tells the blocks of a Cluster apart, and how their frames begin."""
    return [
        (child.track, child.time, child.flags, child.end - child.data,
         reel.asset.peek(child.data, min(_GLANCE, child.end - child.data)))
        for child in reel.cluster(cluster).children
        if isinstance(child, Block) and child.track != but
    ]  # fmt: skip
