"""What ffmpeg would lose of a film's metadata when it is encoded again: kept, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, CannotCarry, Malformed
from aigc_label.explicit.film import streams, transport
from aigc_label.model import FoundLabel, ImplicitLabel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.edits import EditPlan
    from aigc_label.explicit.film.streams import Survey
    from aigc_label.output import Scratch

    _Graft = Callable[[Asset, Asset], EditPlan]

_MADE_ANEW = (b"hdrl", b"movi", b"INFO")
_PLAIN = (b"idx1", b"JUNK")
_TECHNICAL = (  # of who wrote the file last, and where things stand in it
    "encoder", "software", "metadatacreator", "datasize", "videosize", "audiosize", "filesize",
    "lasttimestamp", "lastkeyframelocation", "lastkeyframetimestamp",
)  # fmt: skip


def refuse_unkept(asset: Asset, fmt: Format) -> None:
    """Refuse films that hold what nothing brings back.

    Raises:
        CannotCarry: saying what it is.
        Malformed: if the film is damaged.
    """
    if fmt.id == "mpegts":
        transport.refuse_unkept(asset)
    elif fmt.id == "flv":
        from aigc_label.containers import flv  # noqa: PLC0415 - of one container

        for _, data in flv.scripts(asset):
            if data[3:13] != b"onMetaData":
                raise CannotCarry("it has script data besides onMetaData, which would be lost")


def options(asset: Asset, fmt: Format, film: Survey) -> list[str]:
    """What ffmpeg's muxer must be told, so that more stays as it is."""
    if fmt.id == "mpegts":
        return transport.options(asset, film)
    if fmt.id == "flv":
        from aigc_label.containers import flv  # noqa: PLC0415 - of one container

        indexed = any(b"keyframes" in data for _, data in flv.scripts(asset))
        return ["-flvflags", "add_keyframe_index"] if indexed else []
    return []


def restored(asset: Asset, fmt: Format, encoded: Path, scratch: Scratch) -> Path:
    """The encoded film with the source's metadata, in a file.

    Args:
        asset: the source.
        fmt: of both.
        encoded: what ffmpeg has written; it is removed if it is not what is returned.
        scratch: names temporary files.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the format's own plan.
    """
    graft = {"avi": _avi, "wmv": _asf}.get(fmt.id)
    if graft is not None:
        encoded = _applied(encoded, graft, asset, scratch(f"restored{fmt.extensions[0]}"))
    before = _labels(asset, fmt)
    with open_asset(encoded) as made:
        same = _labels(made, fmt) == before
    if same or fmt.plan is None or not before:
        return encoded
    label = ImplicitLabel.from_fields(before[0], found=True)
    plan = fmt.plan
    return _applied(
        encoded, lambda _, made: plan(made, label), asset, scratch(f"labelled{fmt.extensions[0]}")
    )


def _applied(encoded: Path, graft: _Graft, asset: Asset, target: Path) -> Path:
    with open_asset(encoded) as made, target.open("wb") as file:
        graft(asset, made).apply(made, file)
    encoded.unlink()
    return target


def _labels(asset: Asset, fmt: Format) -> list[dict[str, str]]:
    return [dict(seen.fields) for seen in fmt.read(asset) if isinstance(seen, FoundLabel)]


def _avi(source: Asset, made: Asset) -> EditPlan:
    """The source's texts and whatever stands beside the media, in the place of ffmpeg's own."""
    from aigc_label.containers import riff  # noqa: PLC0415 - of one container
    from aigc_label.containers.riff import film, moving  # noqa: PLC0415 - of one container
    from aigc_label.edits import Span, Splice  # noqa: PLC0415 - of one container

    old, new = riff.walk(source), riff.walk(made)
    whole = film.survey(made, new)
    texts, others = [], b""
    for chunk in old.chunks:
        kind = film.kind_of(source, chunk)
        data = (
            source.read(chunk.start, chunk.end - chunk.start) if _is_kept(chunk.id, kind) else b""
        )
        if kind == b"INFO":
            texts.append(source.read(chunk.body + 4, chunk.size - 4))
        else:
            others += data + bytes(len(data) % 2)
    home = next((c for c in new.chunks if film.kind_of(made, c) == b"INFO"), None)
    splices = []
    if texts:
        joined = b"".join(text + bytes(len(text) % 2) for text in texts)
        info = riff.encoded(b"LIST", b"INFO" + joined)
        splices += moving.placed(made, whole, home, info)
    elif home is not None:
        splices += moving.silenced(home)
    if others:
        at = new.chunks[-1].end
        splices.append(Splice(Span(at, at), others))
    return moving.plan(made, whole, splices)


def _is_kept(name: bytes, kind: bytes) -> bool:
    return name not in _PLAIN and kind not in _MADE_ANEW


def _asf(source: Asset, made: Asset) -> EditPlan:
    """The source's XMP behind the data."""
    from aigc_label.containers import asf  # noqa: PLC0415 - of one container
    from aigc_label.edits import EditPlan, Span, Splice  # noqa: PLC0415 - of one container

    _, further = asf.behind_data(source)
    packets = b"".join(
        source.read(one.start, one.end - one.start) for one in further if one.id == asf.XMP
    )
    if not packets:
        return EditPlan()
    at, _ = asf.behind_data(made)
    splices = [Splice(Span(at, at), packets)]
    return EditPlan([*splices, *asf.sized(made, len(packets))])


def verify(asset: Asset, fmt: Format, film: Survey, result: Path, container: str) -> None:
    """Compare what ffmpeg reads of both films: tags, chapters, languages, names, labels.

    Raises:
        CannotCarry: naming the first thing that is missing.
    """
    after = streams.survey(result, container)
    kept = [*_tags(result, container), *transport.names(after.text)]
    every = [*_tags(film.path, container), *transport.names(film.text)]
    lost = [line for line in every if line not in kept]
    if lost:
        raise CannotCarry(
            f"its metadata {lost[0][:60]!r} would be lost; ask for the implicit label only"
        )
    for one, other in zip(film.streams, after.streams, strict=True):
        if one[1:4] != other[1:4] or (one != film.shown and one.codec != other.codec):
            raise CannotCarry(
                f"its stream {one.number} ({one.language or one.kind}) would change its name, "
                "number or language; ask for the implicit label only"
            )
    with open_asset(result) as made:
        if _labels(made, fmt) != _labels(asset, fmt):
            raise CannotCarry("its implicit label would change; remove it first")


def _tags(path: Path, container: str) -> list[str]:
    """Tags of the film and its streams, and chapters, in ffmpeg's own notation."""
    told = ["-f", container, "-i", ffmpeg.url(path), "-map", "0", "-c", "copy", "-f", "ffmetadata"]
    try:
        text = ffmpeg.run([*told, "pipe:1"]).decode("utf-8", "replace")
    except AssetError as error:
        raise Malformed(f"its metadata cannot be read ({error.reason})") from None
    return [line for line in text.splitlines() if not line.lower().startswith(_TECHNICAL)]
