"""The coefficients of a JPEG, taken out and put back by libjpeg, in a process of its own.

libjpeg ends its process at an error. It is therefore never run in that of the user: this module
is started by :mod:`jpeg_process`, takes a picture on its standard input, hands out the asked
blocks as small grey pictures, one a component, takes them back with the mark in them, and writes
the picture again. All other blocks go from the decoder to the encoder as they are.

It starts in a few milliseconds because it imports next to nothing: no json, no typing.
"""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import byref, c_ubyte, c_ulong, c_void_p, memmove, sizeof

from . import abi, huffman
from .messages import numbers, receive, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import IO


class Library:
    """libjpeg with error handlers that never return to it.

    Attributes:
        call: its functions.
        warnings: what it said about damage that it went over.
    """

    def __init__(self, path: str, fail: Callable[[str], None]) -> None:
        self.call = abi.load(path)
        self.warnings: list[str] = []
        self._fail = abi.EXIT(lambda info: fail(_message(info)))
        self._warn = abi.EXIT(lambda info: self.warnings.append(_message(info)))

    def try_out(self) -> None:
        """Fail if it is of another version, or its structures are of other sizes."""
        errors, info = self.errors(), abi.Decompressor()
        info.err = ctypes.pointer(errors)
        self.call.jpeg_CreateDecompress(byref(info), abi.VERSION, sizeof(info))
        self.call.jpeg_destroy_decompress(byref(info))

    def errors(self) -> abi.ErrorManager:
        """An error manager for one picture; it must outlive that."""
        errors = abi.ErrorManager()
        self.call.jpeg_std_error(byref(errors))
        errors.error_exit, errors.output_message = self._fail, self._warn
        return errors


def _message(info: int) -> str:
    common = ctypes.cast(info, ctypes.POINTER(abi.Decompressor)).contents
    text = ctypes.create_string_buffer(256)
    common.err.contents.format_message(info, ctypes.addressof(text))
    return text.value.decode("ascii", "replace")


class Blocks:
    """All coefficients of one picture.

    Attributes:
        data: the file, which libjpeg reads from.
        info: libjpeg's state, with what the headers say.
        arrays: its handles of each component's coefficients.
    """

    def __init__(self, library: Library, data: bytes) -> None:
        self._library = library
        self.data = data
        self._errors = library.errors()
        self.info = abi.Decompressor()
        self.info.err = ctypes.pointer(self._errors)
        call = library.call
        call.jpeg_CreateDecompress(byref(self.info), abi.VERSION, sizeof(self.info))
        call.jpeg_mem_src(byref(self.info), data, len(data))
        call.jpeg_read_header(byref(self.info), 1)
        # Stray bytes between segments and the like do no harm; only damage to the picture does.
        self._errors.num_warnings = 0  # libjpeg speaks of the first only
        library.warnings.clear()
        self.arrays = call.jpeg_read_coefficients(byref(self.info))

    @property
    def components(self) -> list[abi.Component]:
        """What the headers say about each."""
        return [self.info.comp_info[number] for number in range(self.info.num_components)]

    def row(self, component: int, number: int, *, writable: bool = False) -> int:
        """The address of a row of blocks."""
        access = self.info.mem.contents.access_virt_barray
        rows = access(ctypes.addressof(self.info), self.arrays[component], number, 1, writable)
        return int(rows[0])

    def close(self) -> None:
        """Give the memory back."""
        self._library.call.jpeg_destroy_decompress(byref(self.info))


class Encoder:
    """A picture to be written from coefficients."""

    def __init__(self, library: Library, room: int) -> None:
        self._library = library
        self._errors = library.errors()
        self.info = abi.Compressor()
        self.info.err = ctypes.pointer(self._errors)
        library.call.jpeg_CreateCompress(byref(self.info), abi.VERSION, sizeof(self.info))
        self._buffer = (c_ubyte * room)()
        self._at, self._size = c_void_p(ctypes.addressof(self._buffer)), c_ulong(room)
        library.call.jpeg_mem_dest(byref(self.info), byref(self._at), byref(self._size))

    def finish(self) -> bytes:
        """Write what is left, give the memory back, and return the file."""
        self._library.call.jpeg_finish_compress(byref(self.info))
        self._library.call.jpeg_destroy_compress(byref(self.info))
        written = ctypes.string_at(self._at.value or 0, self._size.value)
        if self._at.value != ctypes.addressof(self._buffer):  # it did not suffice
            free = ctypes.CDLL(None).free
            free.argtypes, free.restype = (c_void_p,), None
            free(self._at)
        return written


def _grey_encoder(library: Library, like: abi.Component, box: Sequence[int]) -> Encoder:
    """What writes a component's blocks within a box as a grey picture."""
    left, top, right, bottom = box
    encoder = Encoder(library, 4096 + 160 * (right - left) * (bottom - top))
    info = encoder.info
    info.image_width, info.image_height = 8 * (right - left), 8 * (bottom - top)
    info.input_components, info.in_color_space = 1, abi.GREY
    library.call.jpeg_set_defaults(byref(info))
    info.optimize_coding = 1
    steps = like.quant_table.contents.quantval
    memmove(info.quant_tbl_ptrs[0].contents.quantval, steps, sizeof(steps))
    return encoder


def grey_picture(library: Library, blocks: Blocks, component: int, box: Sequence[int]) -> bytes:
    """One component's blocks within ``box`` (left, top, right, bottom, in blocks) as a file."""
    left, top, right, bottom = box
    encoder = _grey_encoder(library, blocks.components[component], box)
    info = encoder.info
    memory = info.mem.contents
    address = ctypes.addressof(info)
    array = memory.request_virt_barray(address, abi.IMAGE_POOL, 1, right - left, bottom - top, 1)
    arrays = (c_void_p * 1)(array)  # the library keeps the pointer until it has finished
    library.call.jpeg_write_coefficients(byref(info), arrays)
    for number in range(bottom - top):
        source = blocks.row(component, top + number) + abi.BLOCK * left
        target = memory.access_virt_barray(address, array, number, 1, 1)[0]
        memmove(target, source, abi.BLOCK * (right - left))
    return encoder.finish()


def put(
    library: Library,
    blocks: Blocks,
    component: int,
    box: Sequence[int],
    marked: tuple[bytes, bytes],
) -> None:
    """Replace the blocks within ``box``.

    Args:
        library: whose functions do it.
        blocks: the picture.
        component: which of its components.
        box: left, top, right, bottom in blocks.
        marked: the new samples, row by row, and for each block a byte, zero where it stays.

    Raises:
        ValueError: if these are of another size.
    """
    samples, touched = marked
    left, top, right, bottom = box
    width = right - left
    if len(touched) != width * (bottom - top) or len(samples) != 64 * len(touched):
        raise ValueError("the marked blocks do not fit")
    encoder = _grey_encoder(library, blocks.components[component], box)
    library.call.jpeg_start_compress(byref(encoder.info), 1)
    held = (c_ubyte * len(samples)).from_buffer_copy(samples)
    start = ctypes.addressof(held)
    rows = (c_void_p * encoder.info.image_height)(
        *range(start, start + len(samples), encoder.info.image_width)
    )
    library.call.jpeg_write_scanlines(byref(encoder.info), rows, len(rows))
    changed = Blocks(library, encoder.finish())
    for number in range(bottom - top):
        source = changed.row(0, number)
        target = blocks.row(component, top + number, writable=True) + abi.BLOCK * left
        for first, last in _runs(touched[number * width : (number + 1) * width]):
            start = abi.BLOCK * first
            memmove(target + start, source + start, abi.BLOCK * (last - first))
    changed.close()


def _runs(touched: bytes) -> Iterator[tuple[int, int]]:
    """Where bytes that are not zero begin and end."""
    start = None
    for at, byte in enumerate(touched + b"\0"):
        if byte and start is None:
            start = at
        elif not byte and start is not None:
            yield start, at
            start = None


def written(library: Library, blocks: Blocks, scans: Sequence[Sequence[int]]) -> bytes:
    """The whole picture, coded as it was, without JFIF and Adobe markers.

    Args:
        library: whose functions do it.
        blocks: what to write.
        scans: of a picture with several: Ss, Se, Ah, Al and component numbers of each.
    """
    encoder = Encoder(library, len(blocks.data) * 9 // 8 + 65_536)
    source, info = blocks.info, encoder.info
    library.call.jpeg_copy_critical_parameters(byref(source), byref(info))
    info.write_JFIF_header = info.write_Adobe_marker = 0
    info.restart_interval = source.restart_interval
    info.arith_code = source.arith_code
    script = (abi.Scan * len(scans))()
    if scans:
        for scan, (first, last, high, low, *members) in zip(script, scans, strict=True):
            scan.comps_in_scan = len(members)
            scan.component_index[: len(members)] = members
            scan.Ss, scan.Se, scan.Ah, scan.Al = first, last, high, low
        info.scan_info, info.num_scans = script, len(scans)
    info.optimize_coding = bool(scans)
    if not scans and not source.arith_code:
        _take_tables(source, info)
    library.call.jpeg_write_coefficients(byref(info), blocks.arrays)
    return encoder.finish()


def _take_tables(source: abi.Decompressor, info: abi.Compressor) -> None:
    """Use the source's own Huffman tables, completed by codes for all that may come."""
    for number in range(source.num_components):
        old, new = source.comp_info[number], info.comp_info[number]
        new.dc_tbl_no, new.ac_tbl_no = old.dc_tbl_no, old.ac_tbl_no
        for kind, slot, wanted in (
            ("dc_huff_tbl_ptrs", old.dc_tbl_no, huffman.DC),
            ("ac_huff_tbl_ptrs", old.ac_tbl_no, huffman.AC),
        ):
            table = getattr(source, kind)[slot]
            lengths, symbols = huffman.completed(
                table.contents.bits, table.contents.huffval, wanted
            )
            table.contents.bits[:] = lengths
            table.contents.huffval[: len(symbols)] = symbols
            getattr(info, kind)[slot] = table


def described(blocks: Blocks) -> list[bytes]:
    """What the parent needs to know about a picture.

    The way its colours are coded; a flag for Adobe's marker, the number of scans, that of bytes
    behind the end; and for each component columns and rows of samples.
    """
    info = blocks.info
    about = [info.saw_Adobe_marker, info.input_scan_number, info.src.contents.bytes_in_buffer]
    components = [[one.downsampled_width, one.downsampled_height] for one in blocks.components]
    colours = abi.COLOURS.get(info.jpeg_color_space, "")
    return [colours.encode(), *map(numbers, [about, *components])]


def serve(path: str, requests: IO[bytes], replies: IO[bytes]) -> None:
    """Answer until the other end closes; with libjpeg at ``path``."""
    trouble = b"unusable"

    def fail(reason: str) -> None:
        send(replies, trouble, reason.encode())
        os._exit(1)  # the library must not go on, and has no other way out

    try:
        library = Library(path, fail)
    except (OSError, AttributeError) as error:  # there is none, or not this one's functions
        send(replies, trouble, str(error).encode())
        return
    library.try_out()
    trouble = b"fatal"
    try:
        while True:
            _serve_one(library, requests, replies)
    except EOFError:
        return


def _serve_one(library: Library, requests: IO[bytes], replies: IO[bytes]) -> None:
    (data,) = receive(requests)
    blocks = Blocks(library, data)
    if library.warnings:  # what it made up for what is damaged must not pass for whole
        send(replies, b"error", library.warnings[0].encode())
    elif any(0 in one.quant_table.contents.quantval for one in blocks.components):
        send(replies, b"error", b"Quantization by zero")
    else:
        _edit(library, blocks, requests, replies)
    blocks.close()


def _edit(library: Library, blocks: Blocks, requests: IO[bytes], replies: IO[bytes]) -> None:
    send(replies, b"", *described(blocks))
    boxes = [[int(side) for side in box.split()] for box in receive(requests)]
    if not boxes:
        return
    greys = [grey_picture(library, blocks, *pair) for pair in enumerate(boxes)]
    send(replies, b"", *greys)
    pieces = receive(requests)
    if not pieces:
        return
    for number, box in enumerate(boxes):
        put(library, blocks, number, box, (pieces[2 * number], pieces[2 * number + 1]))
    scans = [[int(one) for one in scan.split()] for scan in pieces[2 * len(boxes) :]]
    send(replies, b"", written(library, blocks, scans))


def main() -> None:
    """Serve on standard input and output; the argument is libjpeg's path."""
    try:
        serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
    except KeyboardInterrupt:  # it is the parent's to answer that
        os._exit(1)
