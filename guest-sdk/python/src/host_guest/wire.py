"""Values of Python as values of the contract, and back.

What componentize-py is handed has to be of exactly the right type: everything is checked here, so that a wrong value is
an exception of Python and no trap. Numbers of arrays cross as one list, and 8-bit ones as bytes.
"""

from __future__ import annotations

import array as packed
import sys
from collections.abc import Callable, Mapping
from typing import Any

from . import contract
from .contract import types
from .errors import UnsupportedValue
from .manifest import REQUIRED, Manifest
from .ndarray import CODES, COMPLEX, ndarray, numpy, of_buffer
from .sparse import Sparse
from .table import Table

SMALLEST, LARGEST = -(2**63), 2**63 - 1

#: The name of the case of `array-data` for each element type.
CASES = {
    "bool": "Boolean",
    "int8": "Signed8",
    "int16": "Signed16",
    "int32": "Signed32",
    "int64": "Signed64",
    "uint8": "Unsigned8",
    "uint16": "Unsigned16",
    "uint32": "Unsigned32",
    "uint64": "Unsigned64",
    "float32": "Float32",
    "float64": "Float64",
    "complex64": "Complex64",
    "complex128": "Complex128",
    "str": "Text",
}


def to_value(value: Any) -> Any:
    """A `value` of the contract. Raises `UnsupportedValue`."""
    if (convert := _PLAIN.get(type(value))) is not None:
        return types.Value_Plain(convert(value))
    if isinstance(value, Table):
        return types.Value_Table(_table(value))
    if isinstance(value, Mapping):
        entries: list[Any] = []
        _entries(value, "", entries)
        return types.Value_Dictionary(entries)
    if isinstance(value, Sparse):
        return types.Value_Sparse(_sparse(value))
    if (pandas := sys.modules.get("pandas")) is not None and isinstance(value, pandas.DataFrame):
        return types.Value_Table(_table(Table({str(name): _of_pandas(value[name]) for name in value.columns})))
    if (scipy := sys.modules.get("scipy.sparse")) is not None and scipy.issparse(value):
        return types.Value_Sparse(_sparse(_of_scipy(value)))
    return types.Value_Plain(to_plain(value))


def to_plain(value: Any) -> Any:
    """A `plain` of the contract: a value without parts that have names. Raises `UnsupportedValue`."""
    if (convert := _PLAIN.get(type(value))) is not None:
        return convert(value)
    if isinstance(value, ndarray):
        return types.Plain_Array(to_array(value))
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        return _of_numpy(value)
    for kind, convert in _PLAIN.items():
        if isinstance(value, kind) and not isinstance(value, type(None)):
            return convert(value)
    if isinstance(value, (packed.array, memoryview)):
        return types.Plain_Array(to_array(of_buffer(memoryview(value))))
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    raise UnsupportedValue(
        f"a value of the type {name} cannot be stored; there are None, bool, int, float, complex, str, bytes, lists and tuples of one type, "
        "arrays, Table, dict and Sparse"
    )


def of_value(value: Any) -> Any:
    """The value of Python for a `value` of the contract."""
    content = value.value
    match type(value).__name__:
        case "Value_Plain":
            return of_plain(content)
        case "Value_Table":
            return Table({column.name: _of_array(column.cells) for column in content.columns})
        case "Value_Dictionary":
            return _of_entries(content)
        case _:
            return _of_sparse(content)


def of_plain(plain: Any) -> Any:
    """The value of Python for a `plain` of the contract."""
    kind = type(plain)
    if kind in _SCALARS:
        return plain.value
    if kind is types.Plain_Array:
        return _of_array(plain.value)
    if kind is types.Plain_None_:
        return None
    if kind is types.Plain_Complex:
        return complex(plain.value.re, plain.value.im)
    items = _of_sequence(plain.value)
    return tuple(items) if kind is types.Plain_Tuple else items


def text(value: str, what: str = "a text") -> str:
    """`value`, if it can cross: a lone half of a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnsupportedValue(
            f"{what} holds half a character at position {error.start} ({value[error.start]!r}) and cannot be stored; "
            "bytes can hold anything"
        ) from None
    return value


def to_array(array: Any) -> Any:
    """An `ndarray` of the contract, of one of ours or of NumPy's."""
    if numpy is not None and isinstance(array, (numpy.ndarray, numpy.generic)):
        return _to_array_of_numpy(numpy.asarray(array))
    flat, dtype = array.flat, array.dtype
    if dtype == "bool":
        data = [value != 0 for value in flat]
    elif dtype in ("int8", "uint8"):
        data = flat.tobytes()
    elif dtype == "str":
        data = [text(value, "an array of texts") for value in flat]
    else:
        data = flat.tolist()
    return types.Ndarray(list(array.shape), getattr(types, f"ArrayData_{CASES[dtype]}")(data))


def to_manifest(manifest: Manifest | None, description: Any) -> Any:
    """The `manifest` of the contract."""
    manifest = manifest or Manifest()
    parameters = None
    if manifest.parameters is not None:
        parameters = [
            description.ParameterDeclaration(
                text(parameter.name, "the name of a parameter"),
                getattr(description.ValueType, parameter.value_type.upper()),
                text(parameter.unit, "a unit"),
                text(parameter.comment, "a comment"),
                None if parameter.default is REQUIRED else to_value(parameter.default),
                None if parameter.minimum is None else float(parameter.minimum),
                None if parameter.maximum is None else float(parameter.maximum),
            )
            for parameter in manifest.parameters
        ]
    results = [
        description.ResultDeclaration(
            text(result.name, "the name of a result"),
            text(result.unit, "a unit"),
            text(result.comment, "a comment"),
            [text(name, "the name of a dimension") for name in result.dimensions],
        )
        for result in manifest.results
    ]
    return description.Manifest(text(manifest.comment, "a comment"), parameters, results)


def _integer(value: int) -> Any:
    if not SMALLEST <= value <= LARGEST:
        raise UnsupportedValue(
            f"{value} does not fit into 64 bits with a sign; store it as a float, a text, or an array of uint64"
        )
    return types.Plain_Integer(int(value))


def _sequence(values: Any) -> Any:
    kinds = {_kind(value) for value in values}
    if not kinds:
        return types.Sequence_Empty()
    if len(kinds) > 1:
        names = " and ".join(sorted(kind.__name__ for kind in kinds))
        word = "tuple" if isinstance(values, tuple) else "list"
        raise UnsupportedValue(f"a {word} holds values of one type, not {names}; use a dict, or several items")
    kind = kinds.pop()
    if kind is bool:
        return types.Sequence_Booleans([bool(value) for value in values])
    if kind is int:
        return types.Sequence_Integers([_integer(value).value for value in values])
    if kind is float:
        return types.Sequence_Reals([float(value) for value in values])
    if kind is complex:
        return types.Sequence_Complexes([types.Complex(value.real, value.imag) for value in values])
    if kind is str:
        return types.Sequence_Texts([text(str(value)) for value in values])
    if kind is bytes:
        return types.Sequence_ByteStrings([bytes(value) for value in values])
    raise UnsupportedValue(
        f"a list or tuple cannot hold a {kind.__name__}; nested numbers are an array: host_guest.array(values)"
    )


def _kind(value: Any) -> type:
    kind = type(value)
    if kind in (bool, int, float, complex, str, bytes):
        return kind
    if numpy is not None and isinstance(value, (numpy.bool_, numpy.integer)):
        return bool if isinstance(value, numpy.bool_) else int
    if isinstance(value, bytearray):
        return bytes
    return next((base for base in (bool, int, float, complex, str, bytes) if isinstance(value, base)), kind)


def _complex(value: complex) -> Any:
    return types.Plain_Complex(types.Complex(value.real, value.imag))


_PLAIN: dict[type, Callable[[Any], Any]] = {
    type(None): lambda value: types.Plain_None_(),
    bool: lambda value: types.Plain_Boolean(bool(value)),
    int: _integer,
    float: lambda value: types.Plain_Real(float(value)),
    complex: _complex,
    str: lambda value: types.Plain_Text(text(str(value))),
    bytes: lambda value: types.Plain_Bytes(bytes(value)),
    bytearray: lambda value: types.Plain_Bytes(bytes(value)),
    list: lambda value: types.Plain_List(_sequence(value)),
    tuple: lambda value: types.Plain_Tuple(_sequence(value)),
}
_SCALARS = (
    ()
    if types is None
    else frozenset({types.Plain_Boolean, types.Plain_Integer, types.Plain_Real, types.Plain_Text, types.Plain_Bytes})
)


def _table(table: Table) -> Any:
    return types.Table([types.Column(text(name, "the name of a column"), to_array(cells)) for name, cells in table.items()])


def _entries(values: Mapping[Any, Any], prefix: str, entries: list[Any]) -> None:
    for key, value in values.items():
        if not isinstance(key, str):
            raise UnsupportedValue(f"keys of a dict are texts, not {type(key).__name__} ({key!r})")
        path = prefix + text(key, "a key of a dict")
        if isinstance(value, Mapping) and not isinstance(value, Table):
            if not value:
                raise UnsupportedValue(f"the dict `{path}` inside of another is empty and would leave no trace")
            _entries(value, f"{path}.", entries)
        else:
            entries.append(types.Entry(path, to_plain(value)))


def _of_entries(entries: list[Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for entry in entries:
        *path, last = entry.key.split(".")
        at = nested
        for name in path:
            at = at.setdefault(name, {})
        at[last] = of_plain(entry.value)
    return nested


def _of_sequence(sequence: Any) -> list[Any]:
    match type(sequence).__name__:
        case "Sequence_Empty":
            return []
        case "Sequence_Complexes":
            return [complex(value.re, value.im) for value in sequence.value]
        case _:
            return list(sequence.value)


def _of_array(array: Any) -> Any:
    case = type(array.data).__name__.removeprefix("ArrayData_")
    dtype = next(dtype for dtype, name in CASES.items() if name == case)
    data, shape = array.data.value, tuple(array.shape)
    if numpy is not None:
        return _numpy_of(data, dtype, shape)
    if dtype == "str":
        return ndarray(shape, dtype, list(data))
    flat = packed.array(CODES[dtype])
    if isinstance(data, bytes):
        flat.frombytes(data)
    else:
        flat.extend(data)
    return ndarray(shape, dtype, flat)


def _numpy_of(data: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    if contract.takes_arrays and dtype != "str":
        return data.view(dtype).reshape(shape)
    if isinstance(data, bytes):
        return numpy.frombuffer(data, dtype=dtype).reshape(shape).copy()
    if dtype in COMPLEX:
        part = numpy.float32 if dtype == "complex64" else numpy.float64
        return numpy.array(data, dtype=part).view(dtype).reshape(shape)
    return numpy.array(data, dtype=dtype).reshape(shape)


def _of_numpy(value: Any) -> Any:
    """Scalars of the types that Python has become those; all others keep their type, as arrays without dimensions."""
    if isinstance(value, numpy.generic):
        if value.dtype.name in ("bool", "int64", "float64", "complex128") or value.dtype.kind in "US":
            return _PLAIN[type(value.item())](value.item())
    return types.Plain_Array(_to_array_of_numpy(numpy.asarray(value)))


def _to_array_of_numpy(array: Any) -> Any:
    shape = list(array.shape)
    if array.dtype.kind in "UT":
        return types.Ndarray(shape, types.ArrayData_Text([text(str(value)) for value in array.ravel().tolist()]))
    if array.dtype.name not in CASES:
        raise UnsupportedValue(
            f"an array of {array.dtype.name} cannot be stored; there are {', '.join(CASES)} (`a.astype(…)` converts)"
        )
    dtype = array.dtype.name
    flat = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).ravel()
    if contract.takes_arrays:
        data = flat.view(flat.real.dtype) if dtype in COMPLEX else flat
    elif dtype in ("int8", "uint8"):
        data = flat.tobytes()
    elif dtype in COMPLEX:
        data = flat.view(numpy.float32 if dtype == "complex64" else numpy.float64).tolist()
    else:
        data = flat.tolist()
    return types.Ndarray(shape, getattr(types, f"ArrayData_{CASES[dtype]}")(data))


def _of_pandas(column: Any) -> Any:
    cells = column.to_numpy()
    return cells.astype(str) if cells.dtype == object and all(isinstance(cell, str) for cell in cells) else cells


def _of_scipy(matrix: Any) -> Sparse:
    if matrix.format not in ("csr", "csc", "bsr", "coo", "dia"):
        matrix = matrix.tocsr()
    names = {"coo": ("row", "col"), "dia": ("offsets",)}.get(matrix.format, ("indices", "indptr"))
    shape = (int(matrix.shape[0]), int(matrix.shape[1]))
    return Sparse(matrix.format, shape, matrix.data, {name: getattr(matrix, name) for name in names})


def _sparse(sparse: Sparse) -> Any:
    structures = {
        "csr": types.SparseStructure_Csr,
        "csc": types.SparseStructure_Csc,
        "bsr": types.SparseStructure_Bsr,
        "coo": types.SparseStructure_Coo,
        "dia": types.SparseStructure_Dia,
    }
    if sparse.format not in structures:
        raise UnsupportedValue(f"`{sparse.format}` is no format of sparse matrices; there are {', '.join(structures)}")
    positions = [_indices(places) for places in sparse.positions.values()]
    if sparse.format == "dia":
        inner = positions[0]
    elif sparse.format == "coo":
        inner = types.Coordinates(*positions)
    else:
        inner = types.Compressed(*positions)
    rows, columns = sparse.shape
    return types.SparseMatrix(rows, columns, to_array(sparse.data), structures[sparse.format](inner))


def _indices(places: Any) -> Any:
    if contract.takes_arrays:
        narrow = not places.size or (places.min() >= -(2**31) and places.max() < 2**31)
        return (types.Indices_Signed32 if narrow else types.Indices_Signed64)(places)
    numbers = places.tolist()
    narrow = all(-(2**31) <= number < 2**31 for number in numbers)
    return (types.Indices_Signed32 if narrow else types.Indices_Signed64)(numbers)


def _of_sparse(sparse: Any) -> Sparse:
    format = type(sparse.structure).__name__.removeprefix("SparseStructure_").lower()
    inner = sparse.structure.value
    names = {"coo": ("row", "col"), "dia": ()}.get(format, ("indices", "indptr"))
    positions = {name: getattr(inner, name).value for name in names} or {"offsets": inner.value}
    return Sparse(format, (sparse.rows, sparse.columns), _of_array(sparse.data), positions)
