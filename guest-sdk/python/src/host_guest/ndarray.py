"""Arrays: NumPy's where it is part of the component, and a small one of our own elsewhere.

`array` and `zeros` make the one or the other, so that the same job runs with and without NumPy. Ours has a shape, an
element type and places, and computes nothing: its elements lie packed in an `array.array`.
"""

from __future__ import annotations

import array as packed
from collections.abc import Iterator
from math import prod
from typing import Any

from .errors import UnsupportedValue

try:
    import numpy
except ImportError:
    numpy = None

#: The type code of `array.array` for each element type. Complex numbers lie as two reals each.
CODES = {
    "bool": "B",
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
    "complex64": "f",
    "complex128": "d",
}
COMPLEX = ("complex64", "complex128")
DTYPES = (*CODES, "str")


class ndarray:
    """Numbers, truth values or texts in a box of any number of dimensions, slowest first.

    Supports what jobs need to read and fill it, in NumPy's words: `shape`, `dtype` (a text, such as `"float64"`),
    `ndim`, `size`, `tolist()`, `reshape()`, `ravel()`, `a[i]`, `a[i, j]`, `a[i:j]`, `a[i, j] = x`, `len(a)`, loops.
    """

    __slots__ = ("_flat", "_offset", "dtype", "shape")

    shape: tuple[int, ...]
    dtype: str

    def __init__(self, shape: tuple[int, ...], dtype: str, flat: Any, offset: int = 0) -> None:
        """`flat` holds the elements, as `CODES` says, or in a list for texts. Use `array` or `zeros` instead."""
        self.shape = shape
        self.dtype = dtype
        self._flat = flat
        self._offset = offset

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return prod(self.shape)

    @property
    def flat(self) -> Any:
        """The elements of this array alone, packed; a list for texts."""
        begin = self._offset * self._width
        if begin == 0 and len(self._flat) == self.size * self._width:
            return self._flat
        return self._flat[begin : begin + self.size * self._width]

    @property
    def _width(self) -> int:
        return 2 if self.dtype in COMPLEX else 1

    def _element(self, at: int) -> Any:
        if self.dtype in COMPLEX:
            return complex(self._flat[2 * at], self._flat[2 * at + 1])
        value = self._flat[at]
        return bool(value) if self.dtype == "bool" else value

    def _locate(self, key: Any) -> tuple[int, tuple[int, ...]]:
        """Where the part that whole numbers lead to begins, and its shape."""
        key = key if isinstance(key, tuple) else (key,)
        if len(key) > self.ndim:
            raise IndexError(f"{len(key)} positions in an array with {self.ndim} dimensions")
        at, rest = 0, self.size
        for axis, (position, length) in enumerate(zip(key, self.shape, strict=False)):
            where = position.__index__()
            if not -length <= where < length:
                raise IndexError(f"position {where} in dimension {axis} of length {length}")
            rest //= length
            at += (where % length) * rest
        return self._offset + at, self.shape[len(key) :]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            if not self.shape:
                raise IndexError("an array without dimensions cannot be cut")
            begin, end, step = key.indices(self.shape[0])
            if step != 1:
                picked = [self[i] for i in range(begin, end, step)]
                rows = [row.tolist() if isinstance(row, ndarray) else row for row in picked]
                return _build(rows, self.dtype, (len(picked), *self.shape[1:]))
            rest = prod(self.shape[1:])
            return ndarray((max(end - begin, 0), *self.shape[1:]), self.dtype, self._flat, self._offset + begin * rest)
        at, shape = self._locate(key)
        if shape or (isinstance(key, tuple) and not key and self.ndim):
            return ndarray(shape, self.dtype, self._flat, at)
        return self._element(at)

    def __setitem__(self, key: Any, value: Any) -> None:
        at, shape = self._locate(key)
        if shape:
            raise IndexError("one element at a time: give a position in each dimension")
        if self.dtype in COMPLEX:
            value = complex(value)
            self._flat[2 * at], self._flat[2 * at + 1] = value.real, value.imag
        elif self.dtype == "bool":
            self._flat[at] = bool(value)
        elif self.dtype == "str" and not isinstance(value, str):
            raise TypeError(f"a {type(value).__name__} in an array of texts")
        else:
            self._flat[at] = value

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without dimensions has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"array({self.tolist()!r}, dtype={self.dtype})"

    def item(self) -> Any:
        """The element of an array that has only one."""
        if self.size != 1:
            raise ValueError(f"an array of {self.size} elements is not one number")
        return self._element(self._offset)

    def tolist(self) -> Any:
        """Nested lists, or the element of an array without dimensions."""
        flat = self.flat
        if self.dtype in COMPLEX:
            items = [complex(re, im) for re, im in zip(flat[::2], flat[1::2], strict=True)]
        elif self.dtype == "bool":
            items = [value != 0 for value in flat]
        else:
            items = list(flat)
        if not self.shape:
            return items[0]
        for length in reversed(self.shape[1:]):
            count = len(items) // length if length else prod(self.shape[: self.shape.index(0)])
            items = [items[i * length : (i + 1) * length] for i in range(count)]
        return items

    def reshape(self, *shape: Any) -> ndarray:
        """The same elements in other dimensions; one of them may be -1."""
        shape = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
        if -1 in shape:
            rest = -prod(shape)
            shape = tuple(self.size // rest if length == -1 else length for length in shape) if rest else shape
        if prod(shape) != self.size or any(length < 0 for length in shape):
            raise ValueError(f"{self.size} elements do not fill the shape {shape}")
        return ndarray(shape, self.dtype, self._flat, self._offset)

    def ravel(self) -> ndarray:
        """The same elements in one dimension."""
        return self.reshape(self.size)


def array(values: Any, dtype: str | None = None, shape: tuple[int, ...] | None = None) -> Any:
    """An array of nested lists, of anything with a buffer (`array.array`, `memoryview`), or of an array.

    The element type is that of the values, or `dtype`: one of `bool`, `int8` to `int64`, `uint8` to `uint64`,
    `float32`, `float64`, `complex64`, `complex128` and `str`. `shape` orders flat values.
    """
    if numpy is not None:
        made = numpy.asarray(values, dtype=dtype)
        # Where addresses have 32 bits, NumPy makes such integers of Python's.
        if dtype is None and made.dtype == numpy.int32 and _view(values) is None:
            made = made.astype(numpy.int64)
        return made if shape is None else made.reshape(shape)
    if isinstance(values, ndarray):
        made = values if dtype in (None, values.dtype) else _build(values.tolist(), dtype, values.shape)
    elif not isinstance(values, (bytes, bytearray, str)) and (view := _view(values)) is not None:
        made = of_buffer(view)
        made = made if dtype in (None, made.dtype) else _build(made.tolist(), dtype, made.shape)
    else:
        made = _build(values, dtype, None)
    return made if shape is None else made.reshape(shape)


def zeros(shape: int | tuple[int, ...], dtype: str = "float64") -> Any:
    """An array of zeros."""
    if numpy is not None:
        return numpy.zeros(shape, dtype=dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if dtype == "str":
        return ndarray(shape, dtype, [""] * prod(shape))
    code = _code(dtype)
    width = 2 if dtype in COMPLEX else 1
    return ndarray(shape, dtype, packed.array(code, bytes(packed.array(code).itemsize * prod(shape) * width)))


def of_buffer(view: memoryview) -> ndarray:
    """The array of what lies in a buffer, copied."""
    kinds = {"b": "int", "h": "int", "i": "int", "l": "int", "q": "int", "n": "int"}
    kinds |= {"B": "uint", "H": "uint", "I": "uint", "L": "uint", "Q": "uint", "N": "uint", "f": "float", "d": "float"}
    code = view.format.lstrip("@=<")
    if code == "?":
        dtype = "bool"
    elif code in kinds:
        dtype = f"{kinds[code]}{8 * view.itemsize}"
    else:
        raise UnsupportedValue(f"a buffer of the format `{view.format}` holds no numbers that can be stored")
    flat = packed.array(CODES[dtype])
    flat.frombytes(view.tobytes())
    return ndarray(tuple(view.shape or ()), dtype, flat)


def _view(values: Any) -> memoryview | None:
    try:
        return memoryview(values)
    except TypeError:
        return None


def _code(dtype: str) -> str:
    if dtype not in CODES:
        raise ValueError(f"`{dtype}` is no element type; there are {', '.join(DTYPES)}")
    return CODES[dtype]


def _build(values: Any, dtype: str | None, shape: tuple[int, ...] | None) -> ndarray:
    """From nested lists. A given shape is that of an array that is empty in some dimension."""
    found, level = [], values
    while isinstance(level, (list, tuple, range, ndarray)):
        found.append(len(level))
        if not len(level):
            break
        level = level[0]
    shape = tuple(found) if shape is None else shape
    flat = _flatten(values, shape)
    dtype = dtype or _dtype_of(flat)
    if dtype == "str":
        if not all(isinstance(value, str) for value in flat):
            raise UnsupportedValue("an array of texts holds something else")
        return ndarray(shape, dtype, flat)
    code = _code(dtype)
    if dtype in COMPLEX:
        numbers = [complex(value) for value in flat]
        return ndarray(shape, dtype, packed.array(code, [part for z in numbers for part in (z.real, z.imag)]))
    if dtype == "bool":
        flat = [bool(value) for value in flat]
    try:
        return ndarray(shape, dtype, packed.array(code, flat))
    except (TypeError, OverflowError) as error:
        raise UnsupportedValue(f"not all elements are of the type {dtype}: {error}") from None


def _flatten(values: Any, shape: tuple[int, ...]) -> list[Any]:
    if not shape:
        return [values]
    level = list(values)
    for length in shape[1:]:
        if not all(isinstance(row, (list, tuple, range, ndarray)) and len(row) == length for row in level):
            raise UnsupportedValue(f"the rows of an array are not all of length {length}")
        level = [value for row in level for value in row]
    return level


def _dtype_of(flat: list[Any]) -> str:
    kinds = {type(value) for value in flat}
    if kinds == {bool}:
        return "bool"
    if kinds == {str}:
        return "str"
    if kinds == {int}:
        return "uint64" if max(flat) > 2**63 - 1 and min(flat) >= 0 else "int64"
    if kinds <= {int, float}:
        return "float64"
    if kinds <= {int, float, complex}:
        return "complex128"
    strange = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise UnsupportedValue(f"an array cannot hold {strange}: its elements are numbers, truth values or texts of one kind")
