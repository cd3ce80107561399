"""Layouts of Arrow: types that differ only in how values lie in memory are the same type here."""

import pyarrow as pa
import pyarrow.types as pat


def is_text(data_type: pa.DataType) -> bool:
    """Whether it is text, of whatever layout."""
    return bool(pat.is_string(data_type) or pat.is_large_string(data_type) or pat.is_string_view(data_type))


def is_bytes(data_type: pa.DataType) -> bool:
    """Whether it is bytes, of whatever layout."""
    return bool(
        pat.is_binary(data_type)
        or pat.is_large_binary(data_type)
        or pat.is_binary_view(data_type)
        or pat.is_fixed_size_binary(data_type)
    )


def is_list(data_type: pa.DataType) -> bool:
    """Whether it is a list, of whatever layout; a map is none."""
    return bool(
        pat.is_list(data_type)
        or pat.is_large_list(data_type)
        or pat.is_fixed_size_list(data_type)
        or pat.is_list_view(data_type)
        or pat.is_large_list_view(data_type)
    )
