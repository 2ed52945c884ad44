"""Archives with every part stored uncompressed, which is what C2PA can sign."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING

from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.provenance import streams

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.output import Scratch

_MOST_PARTS = 65_536
_LARGEST = 2 << 30
_PIECE = 1 << 20


def is_stored(asset: Asset) -> bool:
    """Whether no part of an archive is compressed.

    Raises:
        Malformed: it is no archive.
    """
    with streams.readable(asset) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                return all(one.compress_type == zipfile.ZIP_STORED for one in archive.infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise Malformed(f"the archive cannot be read: {error}") from None


def stored(asset: Asset, scratch: Scratch) -> Asset:
    """The same archive, every part of it uncompressed and in its place.

    Raises:
        CannotCarry: a part is encrypted, or packed in a way that nobody here can undo.
        LimitExceeded: it unpacks to too much.
        Malformed: a part is damaged.
    """
    path = scratch("repacked.zip")
    while path.exists():  # an earlier step may still read its own
        path = path.with_name(f"again-{path.name}")
    try:
        with (
            streams.readable(asset) as stream,
            zipfile.ZipFile(stream) as packed,
            zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as plain,
        ):
            _copy(packed, plain)
    except RuntimeError as error:  # zipfile's word for a password, and for unknown methods
        raise CannotCarry(f"its parts cannot be stored uncompressed: {error}") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, zlib.error) as error:
        raise Malformed(f"the archive cannot be repacked: {error}") from None
    if path.stat().st_size <= streams.IN_MEMORY:
        return open_asset(path.read_bytes(), name=asset.name)
    return open_asset(path, name=asset.name)


def _copy(packed: zipfile.ZipFile, plain: zipfile.ZipFile) -> None:
    parts = packed.infolist()
    if len(parts) > _MOST_PARTS:
        raise LimitExceeded(f"more than {_MOST_PARTS} parts")
    room = _LARGEST
    plain.comment = packed.comment
    for part in parts:
        same = zipfile.ZipInfo(part.filename, part.date_time)
        same.external_attr, same.create_system = part.external_attr, part.create_system
        same.comment, same.compress_type = part.comment, zipfile.ZIP_STORED
        same.file_size = part.file_size
        with packed.open(part) as source, plain.open(same, "w") as target:
            while data := source.read(_PIECE):
                room -= len(data)
                if room < 0:
                    raise LimitExceeded(f"it unpacks to more than {_LARGEST >> 30} GiB")
                target.write(data)
