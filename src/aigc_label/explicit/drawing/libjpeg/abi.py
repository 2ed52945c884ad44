"""The interface of libjpeg 6b as the C library has it in memory (``jpeglib.h``, version 62).

libjpeg-turbo has kept these structures for all its years, in Pillow's wheels, too. The library
compares version and sizes on creation, so that another layout is refused and not misread.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_double,
    c_int,
    c_long,
    c_size_t,
    c_ubyte,
    c_uint,
    c_ulong,
    c_ushort,
    c_void_p,
)

TYPE_CHECKING = False  # the typing module takes longer to import than all that is used here
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ClassVar

VERSION = 62
GREY = 1  # JCS_GRAYSCALE
COLOURS = {1: "grey", 2: "rgb", 3: "ycc", 4: "cmyk", 5: "ycck"}
"""J_COLOR_SPACE of the coded components."""

IMAGE_POOL = 1
BLOCK = 128
"""Bytes of a block's 64 coefficients."""

EXIT = CFUNCTYPE(None, c_void_p)
_FORMAT = CFUNCTYPE(None, c_void_p, c_void_p)
_REQUEST = CFUNCTYPE(c_void_p, c_void_p, c_int, c_int, c_uint, c_uint, c_uint)
_ACCESS = CFUNCTYPE(POINTER(c_void_p), c_void_p, c_void_p, c_uint, c_uint, c_int)


def _fields(kind: Any, names: str) -> Sequence[tuple[str, Any]]:
    return [(name, kind) for name in names.split()]


class ErrorManager(Structure):
    """``jpeg_error_mgr``; ``error_exit`` must not return."""

    _fields_: ClassVar = [
        ("error_exit", EXIT),
        ("emit_message", c_void_p),
        ("output_message", EXIT),
        ("format_message", _FORMAT),
        ("reset_error_mgr", c_void_p),
        ("msg_code", c_int),
        ("msg_parm", c_int * 20),
        ("trace_level", c_int),
        ("num_warnings", c_long),
        ("jpeg_message_table", c_void_p),
        ("last_jpeg_message", c_int),
        ("addon_message_table", c_void_p),
        ("first_addon_message", c_int),
        ("last_addon_message", c_int),
    ]


class MemoryManager(Structure):
    """``jpeg_memory_mgr``; rows of blocks are asked for one by one."""

    _fields_: ClassVar = [
        *_fields(c_void_p, "alloc_small alloc_large alloc_sarray alloc_barray request_virt_sarray"),
        ("request_virt_barray", _REQUEST),
        *_fields(c_void_p, "realize_virt_arrays access_virt_sarray"),
        ("access_virt_barray", _ACCESS),
        *_fields(c_void_p, "free_pool self_destruct"),
        *_fields(c_long, "max_memory_to_use max_alloc_chunk"),
    ]


class QuantTable(Structure):
    """``JQUANT_TBL``: steps in rows and columns, not in zigzag order."""

    _fields_: ClassVar = [("quantval", c_ushort * 64), ("sent_table", c_int)]


class HuffmanTable(Structure):
    """``JHUFF_TBL``: codes of each length from 1 to 16, and the symbols they stand for."""

    _fields_: ClassVar = [
        ("bits", c_ubyte * 17),
        ("huffval", c_ubyte * 256),
        ("sent_table", c_int),
    ]


class Component(Structure):
    """``jpeg_component_info``."""

    _fields_: ClassVar = [
        *_fields(c_int, "component_id component_index h_samp_factor v_samp_factor quant_tbl_no"),
        *_fields(c_int, "dc_tbl_no ac_tbl_no"),
        *_fields(c_uint, "width_in_blocks height_in_blocks"),
        ("DCT_scaled_size", c_int),
        *_fields(c_uint, "downsampled_width downsampled_height"),
        *_fields(c_int, "component_needed MCU_width MCU_height MCU_blocks MCU_sample_width"),
        *_fields(c_int, "last_col_width last_row_height"),
        ("quant_table", POINTER(QuantTable)),
        ("dct_table", c_void_p),
    ]


class Scan(Structure):
    """``jpeg_scan_info``."""

    _fields_: ClassVar = [
        ("comps_in_scan", c_int),
        ("component_index", c_int * 4),
        *_fields(c_int, "Ss Se Ah Al"),
    ]


class Source(Structure):
    """``jpeg_source_mgr``."""

    _fields_: ClassVar = [
        ("next_input_byte", c_void_p),
        ("bytes_in_buffer", c_size_t),
        *_fields(c_void_p, "init_source fill_input_buffer skip_input_data resync_to_restart"),
        ("term_source", c_void_p),
    ]


_COMMON: list[Any] = [
    ("err", POINTER(ErrorManager)),
    ("mem", POINTER(MemoryManager)),
    *_fields(c_void_p, "progress client_data"),
    *_fields(c_int, "is_decompressor global_state"),
]
_TABLES: list[Any] = [
    ("quant_tbl_ptrs", POINTER(QuantTable) * 4),
    ("dc_huff_tbl_ptrs", POINTER(HuffmanTable) * 4),
    ("ac_huff_tbl_ptrs", POINTER(HuffmanTable) * 4),
]
_CONDITIONING = _fields(c_ubyte * 16, "arith_dc_L arith_dc_U arith_ac_K")
_SCAN: list[Any] = [
    ("comps_in_scan", c_int),
    ("cur_comp_info", POINTER(Component) * 4),
    *_fields(c_uint, "MCUs_per_row MCU_rows_in_scan"),
    ("blocks_in_MCU", c_int),
    ("MCU_membership", c_int * 10),
    *_fields(c_int, "Ss Se Ah Al"),
]


class Decompressor(Structure):
    """``jpeg_decompress_struct``."""

    _fields_: ClassVar = [
        *_COMMON,
        ("src", POINTER(Source)),
        *_fields(c_uint, "image_width image_height"),
        *_fields(c_int, "num_components jpeg_color_space out_color_space"),
        *_fields(c_uint, "scale_num scale_denom"),
        ("output_gamma", c_double),
        *_fields(c_int, "buffered_image raw_data_out dct_method do_fancy_upsampling"),
        *_fields(c_int, "do_block_smoothing quantize_colors dither_mode two_pass_quantize"),
        *_fields(c_int, "desired_number_of_colors enable_1pass_quant enable_external_quant"),
        *_fields(c_int, "enable_2pass_quant"),
        *_fields(c_uint, "output_width output_height"),
        *_fields(c_int, "out_color_components output_components rec_outbuf_height"),
        ("actual_number_of_colors", c_int),
        ("colormap", c_void_p),
        ("output_scanline", c_uint),
        ("input_scan_number", c_int),
        ("input_iMCU_row", c_uint),
        ("output_scan_number", c_int),
        ("output_iMCU_row", c_uint),
        ("coef_bits", c_void_p),
        *_TABLES,
        ("data_precision", c_int),
        ("comp_info", POINTER(Component)),
        *_fields(c_int, "progressive_mode arith_code"),
        *_CONDITIONING,
        ("restart_interval", c_uint),
        ("saw_JFIF_marker", c_int),
        *_fields(c_ubyte, "JFIF_major_version JFIF_minor_version density_unit"),
        *_fields(c_ushort, "X_density Y_density"),
        ("saw_Adobe_marker", c_int),
        ("Adobe_transform", c_ubyte),
        ("CCIR601_sampling", c_int),
        ("marker_list", c_void_p),
        *_fields(c_int, "max_h_samp_factor max_v_samp_factor min_DCT_scaled_size"),
        ("total_iMCU_rows", c_uint),
        ("sample_range_limit", c_void_p),
        *_SCAN,
        ("unread_marker", c_int),
        *_fields(c_void_p, "master main coef post inputctl marker entropy idct upsample cconvert"),
        ("cquantize", c_void_p),
    ]


class Compressor(Structure):
    """``jpeg_compress_struct``."""

    _fields_: ClassVar = [
        *_COMMON,
        ("dest", c_void_p),
        *_fields(c_uint, "image_width image_height"),
        *_fields(c_int, "input_components in_color_space"),
        ("input_gamma", c_double),
        *_fields(c_int, "data_precision num_components jpeg_color_space"),
        ("comp_info", POINTER(Component)),
        *_TABLES,
        *_CONDITIONING,
        ("num_scans", c_int),
        ("scan_info", POINTER(Scan)),
        *_fields(c_int, "raw_data_in arith_code optimize_coding CCIR601_sampling"),
        *_fields(c_int, "smoothing_factor dct_method"),
        ("restart_interval", c_uint),
        *_fields(c_int, "restart_in_rows write_JFIF_header"),
        *_fields(c_ubyte, "JFIF_major_version JFIF_minor_version density_unit"),
        *_fields(c_ushort, "X_density Y_density"),
        ("write_Adobe_marker", c_int),
        ("next_scanline", c_uint),
        *_fields(c_int, "progressive_mode max_h_samp_factor max_v_samp_factor"),
        ("total_iMCU_rows", c_uint),
        *_SCAN,
        *_fields(c_void_p, "master main prep coef marker cconvert downsample fdct entropy"),
        ("script_space", c_void_p),
        ("script_space_size", c_int),
    ]


def load(path: str) -> Any:
    """The library with its functions' types set.

    Raises:
        OSError: if it cannot be loaded.
        AttributeError: if it lacks one of the functions, as others than libjpeg-turbo do.
    """
    lib = ctypes.CDLL(path)
    reader, writer = POINTER(Decompressor), POINTER(Compressor)
    functions: dict[str, tuple[Any, ...]] = {
        "jpeg_std_error": (POINTER(ErrorManager),),
        "jpeg_CreateDecompress": (reader, c_int, c_size_t),
        "jpeg_mem_src": (reader, c_void_p, c_ulong),
        "jpeg_read_header": (reader, c_int),
        "jpeg_read_coefficients": (reader,),
        "jpeg_destroy_decompress": (reader,),
        "jpeg_CreateCompress": (writer, c_int, c_size_t),
        "jpeg_mem_dest": (writer, POINTER(c_void_p), POINTER(c_ulong)),
        "jpeg_set_defaults": (writer,),
        "jpeg_copy_critical_parameters": (reader, writer),
        "jpeg_simple_progression": (writer,),
        "jpeg_write_coefficients": (writer, POINTER(c_void_p)),
        "jpeg_start_compress": (writer, c_int),
        "jpeg_write_scanlines": (writer, POINTER(c_void_p), c_uint),
        "jpeg_finish_compress": (writer,),
        "jpeg_destroy_compress": (writer,),
    }
    for name, types in functions.items():
        function = getattr(lib, name)
        function.argtypes = types
        function.restype = None
    lib.jpeg_std_error.restype = c_void_p
    lib.jpeg_read_coefficients.restype = POINTER(c_void_p)
    return lib
