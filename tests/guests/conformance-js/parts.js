// The values of the conformance job, and what runs do that ask for less than everything.
import * as host from "host:exploration/single-run@0.1.0";

import { Complex, JobError, NdArray, Sparse, Table, array, tuple } from "host-guest";
import { toValue } from "host-guest/wire";

/** One result of every type of value, and one array of every element and of every shape that is special. */
export function* values() {
  yield ["plain.none", null];
  yield ["plain.boolean", true];
  yield ["plain.integer", -(2n ** 63n)];
  yield ["plain.real", 0.1];
  yield ["plain.real_nan", NaN];
  yield ["plain.real_infinite", -Infinity];
  yield ["plain.complex", new Complex(1.5, -2.5)];
  yield ["plain.text", "größe 漢字 🦀"];
  yield ["plain.text_empty", ""];
  yield ["plain.bytes", Uint8Array.of(0, 1, 254, 255)];
  yield ["plain.bytes_empty", new Uint8Array(0)];
  yield ["arrays.boolean", array([true, false, true])];
  yield ["arrays.signed8", Int8Array.of(-128, 0, 127)];
  yield ["arrays.signed16", Int16Array.of(-32768, 0, 32767)];
  yield ["arrays.signed32", Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1)];
  yield ["arrays.signed64", BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n)];
  // As an `NdArray`: a bare Uint8Array would be bytes.
  yield ["arrays.unsigned8", array(Uint8Array.of(0, 1, 255))];
  yield ["arrays.unsigned16", Uint16Array.of(0, 1, 65535)];
  yield ["arrays.unsigned32", Uint32Array.of(0, 1, 2 ** 32 - 1)];
  yield ["arrays.unsigned64", BigUint64Array.of(0n, 1n, 2n ** 64n - 1n)];
  yield ["arrays.float32", Float32Array.of(0.1, -0, Infinity)];
  yield ["arrays.float64", array([[0, 0.1, 0.2], [1, 1.1, 1.2]])];
  yield ["arrays.complex64", array([new Complex(1.5, -2.5), new Complex(0, 1)], { dtype: "complex64" })];
  yield ["arrays.complex128", array([[new Complex(1.5, -2.5)], [new Complex(3)]])];
  yield ["arrays.text", array(["ä", "", "漢字"])];
  yield ["arrays.text_2d", array([["a", "bb"], ["ccc", "🦀"]])];
  yield ["arrays.empty", new Float64Array(0)];
  yield ["arrays.empty_3d", new NdArray([2, 0, 3], "int32", new Int32Array(0))];
  yield ["arrays.empty_text", array([], { dtype: "str" })];
  yield ["arrays.scalar", array(2.5)];
  yield ["arrays.cube", array(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), { shape: [2, 2, 2] })];
  for (const [name, of] of [["lists", (list) => list], ["tuples", tuple]]) {
    yield [`${name}.empty`, of([])];
    yield [`${name}.booleans`, of([true, false])];
    yield [`${name}.integers`, of([1n, 2n, 3n])];
    yield [`${name}.reals`, of([0.5, 1.5])];
    yield [`${name}.complexes`, of([new Complex(0, 1), new Complex(1)])];
    yield [`${name}.texts`, of(["ä", "b", ""])];
    yield [`${name}.byte_strings`, of([Uint8Array.of(1, 2), new Uint8Array(0)])];
  }
  const columns = {
    boolean: [true, false],
    signed64: [1n, -1n],
    unsigned8: Uint8Array.of(1, 2),
    float32: Float32Array.of(0.5, 1.5),
    float64: [0.5, 1.5],
    complex128: [new Complex(1, 2), new Complex(3)],
    text: ["kurz", "länger"],
    vectors: [[0, 0.1, 0.2], [1, 1.1, 1.2]],
  };
  yield ["tables.every_column", new Table(columns)];
  yield ["tables.without_rows", new Table({ t: new Float64Array(0) })];
  const inner = new Map([["list", [1n, 2n]], ["deep", new Map([["array", Float64Array.of(0.5, 1.5)]])]]);
  yield ["dictionaries.nested", new Map([["flag", true], ["text", "ä"], ["nothing", null], ["inner", inner]])];
  yield ["dictionaries.empty", new Map()];
  yield ["sparse.csr", Sparse.csr([2, 3], [3, NaN], [2, 0], [0, 1, 2])];
  const half = array([new Complex(4, -1)], { dtype: "complex64" });
  yield ["sparse.csc", Sparse.csc([2, 3], half, [1], [0, 1, 1, 1])];
  yield ["sparse.bsr", Sparse.bsr([4, 4], [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [1, 0], [0, 1, 2])];
  yield ["sparse.coo", Sparse.coo([2, 3], [true, false], [1, 0], [0, 2])];
  const diagonals = array(Int16Array.of(4, 5, 0, 0, 0, 3), { shape: [2, 3] });
  yield ["sparse.dia", Sparse.dia([3, 3], diagonals, [-1, 2])];
  yield ["sparse.empty", Sparse.csr([0, 3], new Uint8Array(0), [], [0])];
  yield ["sparse.wide", Sparse.csr([1, 2 ** 31], BigUint64Array.of(1n), [2 ** 31 - 1], [0, 1])];
}

/** Every value to the host and back, twice: as a derived parameter, and as a default. */
function roundTrip(traj) {
  const back = (name, value) => host.fAddResult(name, [{ name: "", value }], "");
  for (const [name, value] of values()) {
    traj.f_add_derived_parameter(name, value);
    back(`round_trip.${name}`, host.fGet(name));
    back(`default.${name}`, host.fGetDefault(`nowhere.${name}`, toValue(value)));
  }
}

function annotations(traj) {
  traj.f_add_result("holder", 1n);
  const attempts = new Attempts();
  for (const [name, value] of values()) {
    const { tag, val } = toValue(value);
    if (tag === "plain") attempts.add(name, () => host.fSetAnnotation("holder", name.replace(".", "_"), val));
  }
  attempts.store(traj);
}

function classes(traj) {
  const times = BigInt64Array.of(100n, 103n, 107n, 200n);
  traj.f_add_result_as("Packed", "spikes", { times }, "packed");
  traj.f_add_derived_parameter_as("Duration", "twice", "5s 5s", "two pauses");
  traj.f_add_result("twice_seen", traj.twice);
  const attempts = new Attempts();
  const items = [{ name: "times", value: toValue(times) }];
  attempts.add("unknown class", () => host.fAddResultAs("Nowhere", "a", items, ""));
  attempts.add("refused by the class", () => host.fAddDerivedParameterAs("Duration", "b", toValue("often"), ""));
  attempts.store(traj);
}

function error(traj) {
  traj.f_add_result("dropped", "what a failed run added is not stored");
  throw new JobError("the guest fails on purpose: ä");
}

function panics() {
  throw new RangeError("the guest panics on purpose: ä");
}

function refusals(traj) {
  traj.f_add_result("z", 1n);
  traj.f_add_derived_parameter("d", 1n);
  const attempts = new Attempts();
  const one = toValue(1n);
  const item = (name, value) => ({ name, value });
  for (const name of ["nowhere", "twin", "", "a/b", "config", "config.x", "results.run_00000000.z", "run_ALL.z", "part.below"]) {
    attempts.add(`get ${name}`, () => host.fGet(name));
    attempts.add(`get ${name} or 1`, () => host.fGetDefault(name, one));
  }
  for (const name of ["z", "", "a/b", "results.z", "z.below", "run_00000001", "par", "_private", "ä"]) {
    attempts.add(`result ${name}`, () => host.fAddResult(name, [item("", one)], ""));
  }
  for (const name of ["d", "", "a/b", "parameters.x", "d.below"]) {
    attempts.add(`derived parameter ${name}`, () => host.fAddDerivedParameter(name, one, ""));
  }
  for (const name of ["nowhere", "", "results", "part"]) {
    attempts.add(`annotation of ${name}`, () => host.fSetAnnotation(name, "key", { tag: "integer", val: 1n }));
  }
  attempts.add("items of one name", () => host.fAddResult("r", [item("a", one), item("a", toValue(2n))], ""));
  attempts.add("no items", () => host.fAddResult("r", [], ""));
  for (const [what, value] of contradictions()) {
    const name = `r${attempts.said.length}`;
    attempts.add(what, () => host.fAddResult(name, [item("", value)], ""));
  }
  const broken = { tag: "array", val: box([3], "signed64", BigInt64Array.of(1n, 2n)) };
  attempts.add("annotation that contradicts itself", () => host.fSetAnnotation("z", "key", broken));
  attempts.store(traj);
}

function box(shape, tag, val) {
  return { shape: BigUint64Array.from(shape, BigInt), data: { tag, val } };
}

/** Values that contradict themselves, in every way that a type allows. */
function* contradictions() {
  const of = (shape, tag, val) => ({ tag: "plain", val: { tag: "array", val: box(shape, tag, val) } });
  const reals = (count) => new Float64Array(count).fill(0.5);
  const column = (name, shape, count) => ({ name, cells: box(shape, "float64", reals(count)) });
  const table = (...columns) => ({ tag: "table", val: { columns } });
  const dictionary = (...keys) => ({
    tag: "dictionary",
    val: keys.map((key) => ({ key, value: { tag: "integer", val: 1n } })),
  });
  const sparse = (shape, tag, val) => {
    const count = shape.reduce((product, length) => product * length, 1);
    const structure = { tag, val };
    return { tag: "sparse", val: { rows: 2n, columns: 2n, data: box(shape, "float64", reals(count)), structure } };
  };
  const narrow = (...positions) => ({ tag: "signed32", val: Int32Array.from(positions) });
  const wide = (...positions) => ({ tag: "signed64", val: BigInt64Array.from(positions, BigInt) });
  yield ["three of boolean", of([3], "boolean", [true, false])];
  yield ["three of signed8", of([3], "signed8", Int8Array.of(1, 2))];
  yield ["three of signed16", of([3], "signed16", Int16Array.of(1, 2))];
  yield ["three of signed32", of([3], "signed32", Int32Array.of(1, 2))];
  yield ["three of signed64", of([3], "signed64", BigInt64Array.of(1n, 2n))];
  yield ["three of unsigned8", of([3], "unsigned8", Uint8Array.of(1, 2))];
  yield ["three of unsigned16", of([3], "unsigned16", Uint16Array.of(1, 2))];
  yield ["three of unsigned32", of([3], "unsigned32", Uint32Array.of(1, 2))];
  yield ["three of unsigned64", of([3], "unsigned64", BigUint64Array.of(1n, 2n))];
  yield ["three of float32", of([3], "float32", Float32Array.of(1, 2))];
  yield ["three of float64", of([3], "float64", Float64Array.of(1, 2))];
  yield ["three of complex64", of([3], "complex64", Float32Array.of(1, 2, 3, 4))];
  yield ["three of complex128", of([3], "complex128", Float64Array.of(1, 2, 3, 4))];
  yield ["three of text", of([3], "text", ["a", "b"])];
  yield ["half a complex number", of([1], "complex128", Float64Array.of(1))];
  yield ["none of one", of([], "float64", reals(0))];
  yield ["a shape beyond 64 bits", of([2 ** 32, 2 ** 32], "float64", reals(0))];
  yield ["too many dimensions", of(new Array(100).fill(1), "float64", reals(1))];
  yield ["table without columns", table()];
  yield ["columns of one name", table(column("t", [1], 1), column("t", [1], 1))];
  yield ["columns of two lengths", table(column("t", [2], 2), column("v", [1], 1))];
  yield ["column without rows to count", table(column("t", [], 1))];
  yield ["keys of one name", dictionary("a", "a")];
  yield ["key inside of a value", dictionary("a", "a.b")];
  yield ["key without a name", dictionary("")];
  yield ["csr outside", sparse([1], "csr", { indices: narrow(2), indptr: narrow(0, 1, 1) })];
  yield ["csc that ends early", sparse([1], "csc", { indices: wide(0), indptr: wide(0, 1) })];
  yield ["bsr of flat data", sparse([1], "bsr", { indices: narrow(0), indptr: wide(0, 1) })];
  yield ["coo of two lengths", sparse([1], "coo", { row: narrow(0), col: narrow(0, 1) })];
  yield ["dia of flat data", sparse([2], "dia", narrow(0))];
}

/** What was tried, and what became of it. */
class Attempts {
  said = [];

  add(what, attempt) {
    let kind = "accepted";
    try {
      attempt();
    } catch (error) {
      kind = error.payload.tag;
    }
    this.said.push(`${what}: ${kind}`);
  }

  store(traj) {
    traj.f_add_result("refusals", this.said);
  }
}

export const PARTS = { round_trip: roundTrip, annotations, refusals, classes, error, panic: panics };
