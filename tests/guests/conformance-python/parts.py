"""The values of the conformance job, and what runs do that ask for less than everything."""

import math

from componentize_py_types import Err
from wit_world.imports import single_run as host
from wit_world.imports import types

from host_guest import JobError, Sparse, Table, array, wire, zeros


def values():
    """One result of every type of value, and one array of every element and of every shape that is special."""
    whole = {8: ("int8", "uint8"), 16: ("int16", "uint16"), 32: ("int32", "uint32"), 64: ("int64", "uint64")}
    yield "plain.none", None
    yield "plain.boolean", True
    yield "plain.integer", -(2**63)
    yield "plain.real", 0.1
    yield "plain.real_nan", math.nan
    yield "plain.real_infinite", -math.inf
    yield "plain.complex", 1.5 - 2.5j
    yield "plain.text", "größe 漢字 🦀"
    yield "plain.text_empty", ""
    yield "plain.bytes", bytes([0, 1, 254, 255])
    yield "plain.bytes_empty", b""
    yield "arrays.boolean", array([True, False, True])
    for bits, (signed, _) in whole.items():
        yield f"arrays.signed{bits}", array([-(2 ** (bits - 1)), 0, 2 ** (bits - 1) - 1], dtype=signed)
    for bits, (_, unsigned) in whole.items():
        yield f"arrays.unsigned{bits}", array([0, 1, 2**bits - 1], dtype=unsigned)
    yield "arrays.float32", array([0.1, -0.0, math.inf], dtype="float32")
    yield "arrays.float64", array([[0.0, 0.1, 0.2], [1.0, 1.1, 1.2]])
    yield "arrays.complex64", array([1.5 - 2.5j, 1j], dtype="complex64")
    yield "arrays.complex128", array([[1.5 - 2.5j], [3 + 0j]])
    yield "arrays.text", array(["ä", "", "漢字"])
    yield "arrays.text_2d", array([["a", "bb"], ["ccc", "🦀"]])
    yield "arrays.empty", array([], dtype="float64")
    yield "arrays.empty_3d", zeros((2, 0, 3), dtype="int32")
    yield "arrays.empty_text", array([], dtype="str")
    yield "arrays.scalar", array(2.5)
    yield "arrays.cube", array(range(8), dtype="int32", shape=(2, 2, 2))
    for name, kind in (("lists", list), ("tuples", tuple)):
        yield f"{name}.empty", kind(())
        yield f"{name}.booleans", kind((True, False))
        yield f"{name}.integers", kind((1, 2, 3))
        yield f"{name}.reals", kind((0.5, 1.5))
        yield f"{name}.complexes", kind((1j, 1 + 0j))
        yield f"{name}.texts", kind(("ä", "b", ""))
        yield f"{name}.byte_strings", kind((b"\x01\x02", b""))
    yield (
        "tables.every_column",
        Table(
            boolean=[True, False],
            signed64=[1, -1],
            unsigned8=array([1, 2], dtype="uint8"),
            float32=array([0.5, 1.5], dtype="float32"),
            float64=[0.5, 1.5],
            complex128=[1 + 2j, 3 + 0j],
            text=["kurz", "länger"],
            vectors=[[0.0, 0.1, 0.2], [1.0, 1.1, 1.2]],
        ),
    )
    yield "tables.without_rows", Table(t=array([], dtype="float64"))
    inner = {"list": [1, 2], "deep": {"array": array([0.5, 1.5])}}
    yield "dictionaries.nested", {"flag": True, "text": "ä", "nothing": None, "inner": inner}
    yield "dictionaries.empty", {}
    yield "sparse.csr", Sparse.csr((2, 3), [3.0, math.nan], [2, 0], [0, 1, 2])
    yield "sparse.csc", Sparse.csc((2, 3), array([4 - 1j], dtype="complex64"), [1], [0, 1, 1, 1])
    blocks = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]
    yield "sparse.bsr", Sparse.bsr((4, 4), blocks, [1, 0], [0, 1, 2])
    yield "sparse.coo", Sparse.coo((2, 3), [True, False], [1, 0], [0, 2])
    yield "sparse.dia", Sparse.dia((3, 3), array([[4, 5, 0], [0, 0, 3]], dtype="int16"), [-1, 2])
    yield "sparse.empty", Sparse.csr((0, 3), array([], dtype="uint8"), [], [0])
    yield "sparse.wide", Sparse.csr((1, 2**31), array([1], dtype="uint64"), [2**31 - 1], [0, 1])


def round_trip(traj):
    """Every value to the host and back, twice: as a derived parameter, and as a default."""
    for name, value in values():
        traj.f_add_derived_parameter(name, value)
        traj.f_add_result(f"round_trip.{name}", traj.f_get(name, fast_access=True))
        default = host.f_get_default(f"nowhere.{name}", wire.to_value(value))
        traj.f_add_result(f"default.{name}", wire.of_value(default))


def annotations(traj):
    traj.f_add_result("holder", 1)
    attempts = Attempts()
    for name, value in values():
        converted = wire.to_value(value)
        if isinstance(converted, types.Value_Plain):
            attempts.add(name, host.f_set_annotation, "holder", name.replace(".", "_"), converted.value)
    attempts.store(traj)


def classes(traj):
    times = array([100, 103, 107, 200])
    traj.f_add_result_as("Packed", "spikes", times=times, comment="packed")
    traj.f_add_derived_parameter_as("Duration", "twice", "5s 5s", comment="two pauses")
    traj.f_add_result("twice_seen", traj.twice)
    attempts = Attempts()
    items = [types.NamedValue("times", wire.to_value(times))]
    attempts.add("unknown class", host.f_add_result_as, "Nowhere", "a", items, "")
    often = wire.to_value("often")
    attempts.add("refused by the class", host.f_add_derived_parameter_as, "Duration", "b", often, "")
    attempts.store(traj)


def error(traj):
    traj.f_add_result("dropped", "what a failed run added is not stored")
    raise JobError("the guest fails on purpose: ä")


def panics(traj):
    raise AssertionError("the guest panics on purpose: ä")


def refusals(traj):
    traj.f_add_result("z", 1)
    traj.f_add_derived_parameter("d", 1)
    attempts = Attempts()
    one = wire.to_value(1)
    item = types.NamedValue
    for name in ("nowhere", "twin", "", "a/b", "config", "config.x", "results.run_00000000.z", "run_ALL.z", "part.below"):
        attempts.add(f"get {name}", host.f_get, name)
        attempts.add(f"get {name} or 1", host.f_get_default, name, one)
    for name in ("z", "", "a/b", "results.z", "z.below", "run_00000001", "par", "_private", "ä"):
        attempts.add(f"result {name}", host.f_add_result, name, [item("", one)], "")
    for name in ("d", "", "a/b", "parameters.x", "d.below"):
        attempts.add(f"derived parameter {name}", host.f_add_derived_parameter, name, one, "")
    for name in ("nowhere", "", "results", "part"):
        attempts.add(f"annotation of {name}", host.f_set_annotation, name, "key", types.Plain_Integer(1))
    attempts.add("items of one name", host.f_add_result, "r", [item("a", one), item("a", wire.to_value(2))], "")
    attempts.add("no items", host.f_add_result, "r", [], "")
    for what, value in contradictions():
        attempts.add(what, host.f_add_result, f"r{len(attempts.said)}", [item("", value)], "")
    broken = types.Plain_Array(types.Ndarray([3], types.ArrayData_Signed64([1, 2])))
    attempts.add("annotation that contradicts itself", host.f_set_annotation, "z", "key", broken)
    attempts.store(traj)


def contradictions():
    """Values that contradict themselves, in every way that a type allows."""

    def of(shape, data):
        return types.Value_Plain(types.Plain_Array(types.Ndarray(shape, data)))

    def reals(count):
        return types.ArrayData_Float64([0.5] * count)

    def column(name, shape, count):
        return types.Column(name, types.Ndarray(shape, reals(count)))

    def table(*columns):
        return types.Value_Table(types.Table(list(columns)))

    def dictionary(*keys):
        return types.Value_Dictionary([types.Entry(key, types.Plain_Integer(1)) for key in keys])

    def sparse(shape, structure):
        return types.Value_Sparse(types.SparseMatrix(2, 2, types.Ndarray(shape, reals(math.prod(shape))), structure))

    narrow, wide = types.Indices_Signed32, types.Indices_Signed64
    short = {
        "boolean": types.ArrayData_Boolean([True, False]),
        "signed8": types.ArrayData_Signed8(b"\x01\x02"),
        "signed16": types.ArrayData_Signed16([1, 2]),
        "signed32": types.ArrayData_Signed32([1, 2]),
        "signed64": types.ArrayData_Signed64([1, 2]),
        "unsigned8": types.ArrayData_Unsigned8(b"\x01\x02"),
        "unsigned16": types.ArrayData_Unsigned16([1, 2]),
        "unsigned32": types.ArrayData_Unsigned32([1, 2]),
        "unsigned64": types.ArrayData_Unsigned64([1, 2]),
        "float32": types.ArrayData_Float32([1.0, 2.0]),
        "float64": types.ArrayData_Float64([1.0, 2.0]),
        "complex64": types.ArrayData_Complex64([1.0, 2.0, 3.0, 4.0]),
        "complex128": types.ArrayData_Complex128([1.0, 2.0, 3.0, 4.0]),
        "text": types.ArrayData_Text(["a", "b"]),
    }
    for name, data in short.items():
        yield f"three of {name}", of([3], data)
    yield "half a complex number", of([1], types.ArrayData_Complex128([1.0]))
    yield "none of one", of([], reals(0))
    yield "a shape beyond 64 bits", of([2**32, 2**32], reals(0))
    yield "too many dimensions", of([1] * 100, reals(1))
    yield "table without columns", table()
    yield "columns of one name", table(column("t", [1], 1), column("t", [1], 1))
    yield "columns of two lengths", table(column("t", [2], 2), column("v", [1], 1))
    yield "column without rows to count", table(column("t", [], 1))
    yield "keys of one name", dictionary("a", "a")
    yield "key inside of a value", dictionary("a", "a.b")
    yield "key without a name", dictionary("")
    compressed = types.Compressed
    yield "csr outside", sparse([1], types.SparseStructure_Csr(compressed(narrow([2]), narrow([0, 1, 1]))))
    yield "csc that ends early", sparse([1], types.SparseStructure_Csc(compressed(wide([0]), wide([0, 1]))))
    yield "bsr of flat data", sparse([1], types.SparseStructure_Bsr(compressed(narrow([0]), wide([0, 1]))))
    yield "coo of two lengths", sparse([1], types.SparseStructure_Coo(types.Coordinates(narrow([0]), narrow([0, 1]))))
    yield "dia of flat data", sparse([2], types.SparseStructure_Dia(narrow([0])))


class Attempts:
    """What was tried, and what became of it."""

    def __init__(self):
        self.said = []

    def add(self, what, function, *arguments):
        try:
            function(*arguments)
            kind = "accepted"
        except Err as refused:
            name = type(refused.value).__name__.partition("_")[2]
            kind = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
        self.said.append(f"{what}: {kind}")

    def store(self, traj):
        traj.f_add_result("refusals", self.said)


PARTS = {
    "round_trip": round_trip,
    "annotations": annotations,
    "refusals": refusals,
    "classes": classes,
    "error": error,
    "panic": panics,
}
