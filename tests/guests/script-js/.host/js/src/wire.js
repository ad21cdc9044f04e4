// Values of JavaScript as values of the contract, and back. Typed arrays cross as they are.
import { Complex, Integer, NdArray, STORES, Sparse, Table, Tuple, array, own, tuple } from "./values.js";

const SMALLEST = -(2n ** 63n);
const LARGEST = 2n ** 63n - 1n;
const TAGS = {
  bool: "boolean",
  int8: "signed8",
  int16: "signed16",
  int32: "signed32",
  int64: "signed64",
  uint8: "unsigned8",
  uint16: "unsigned16",
  uint32: "unsigned32",
  uint64: "unsigned64",
  float32: "float32",
  float64: "float64",
  complex64: "complex64",
  complex128: "complex128",
  str: "text",
};
const DTYPES = Object.fromEntries(Object.entries(TAGS).map(([dtype, tag]) => [tag, dtype]));
const THERE_ARE =
  "there are null, boolean, number, BigInt, string, Uint8Array, other typed arrays, arrays of one type, Map, Complex, " +
  "NdArray, Table, Sparse";

/** A `value` of the contract. Throws a TypeError. */
export function toValue(value) {
  if (value instanceof Table) return { tag: "table", val: toTable(value) };
  if (value instanceof Sparse) return { tag: "sparse", val: toSparse(value) };
  if (value instanceof Map || isPlainObject(value)) {
    const entries = [];
    collect(value, "", entries);
    return { tag: "dictionary", val: entries };
  }
  return { tag: "plain", val: toPlain(value) };
}

/** A `plain` of the contract: a value without parts that have names. Throws a TypeError. */
export function toPlain(value) {
  switch (typeof value) {
    case "boolean":
      return { tag: "boolean", val: value };
    case "number":
      return { tag: "real", val: value };
    case "bigint":
      return { tag: "integer", val: wide(value) };
    case "string":
      return { tag: "text", val: text(value) };
    case "object":
      break;
    default:
      throw new TypeError(`a value that is ${typeof value === "undefined" ? "" : "a "}${typeof value} cannot be stored; ${THERE_ARE}`);
  }
  if (value === null) return { tag: "none" };
  if (value instanceof Integer) return { tag: "integer", val: wide(value.value) };
  if (value instanceof Complex) return { tag: "complex", val: complex(value) };
  if (value instanceof NdArray) return { tag: "array", val: toArray(value) };
  if (value instanceof Tuple) return { tag: "tuple", val: toSequence(value) };
  if (Array.isArray(value)) return { tag: "list", val: toSequence(value) };
  if (value instanceof Uint8Array) return { tag: "bytes", val: value };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return { tag: "array", val: toArray(array(value)) };
  throw new TypeError(`a ${value.constructor?.name ?? "value without a class"} cannot be stored; ${THERE_ARE}`);
}

/** The value of JavaScript for a `value` of the contract. */
export function ofValue({ tag, val }) {
  switch (tag) {
    case "plain":
      return ofPlain(val);
    case "table":
      return new Table(new Map(val.columns.map(({ name, cells }) => [name, ofArray(cells)])));
    case "dictionary":
      return ofEntries(val);
    default:
      return ofSparse(val);
  }
}

/** The value of JavaScript for a `plain` of the contract. Integers that a number cannot hold are BigInts. */
export function ofPlain({ tag, val }) {
  switch (tag) {
    case "none":
      return null;
    case "integer":
      return narrow(val);
    case "complex":
      return new Complex(val.re, val.im);
    case "array":
      return ofArray(val);
    case "list":
      return ofSequence(val);
    case "tuple":
      return tuple(ofSequence(val));
    case "bytes":
      return own(val);
    default:
      return val;
  }
}

/** `value`, if it can cross: a lone half of a surrogate pair cannot. */
export function text(value, what = "a text") {
  if (typeof value !== "string") throw new TypeError(`${what} is a string, not ${value === null ? "null" : `a ${typeof value}`}`);
  if (!value.isWellFormed()) throw new TypeError(`${what} holds half a character and cannot be stored; bytes can hold anything`);
  return value;
}

/** The `manifest` of the contract, of what a job exports as `manifest`. */
export function toManifest(manifest) {
  const { comment = "", parameters, results = [] } = manifest ?? {};
  return {
    comment: text(comment, "the comment of the manifest"),
    parameters: parameters?.map((parameter) => ({
      name: text(parameter.name, "the name of a parameter"),
      valueType: text(parameter.type, `the type of the parameter ${parameter.name}`),
      unit: text(parameter.unit ?? "", "a unit"),
      comment: text(parameter.comment ?? "", "a comment"),
      default: parameter.default === undefined ? undefined : toValue(declared(parameter)),
      minimum: parameter.minimum,
      maximum: parameter.maximum,
    })),
    results: results.map((result) => ({
      name: text(result.name, "the name of a result"),
      unit: text(result.unit ?? "", "a unit"),
      comment: text(result.comment ?? "", "a comment"),
      dimensions: (result.dimensions ?? []).map((name) => text(name, "the name of a dimension")),
    })),
  };
}

/** A default is of the type that is declared: of an integer, it may be written as a number. */
function declared({ type, default: value }) {
  return type === "integer" && typeof value === "number" ? new Integer(value) : value;
}

function narrow(wide) {
  const number = Number(wide);
  return Number.isSafeInteger(number) ? number : wide;
}

function wide(value) {
  if (value < SMALLEST || value > LARGEST) {
    throw new TypeError(`${value}n does not fit into 64 bits with a sign; store it as a number, a text, or a BigUint64Array`);
  }
  return value;
}

function complex({ re, im }) {
  return { re: Number(re), im: Number(im) };
}

function toArray({ shape, dtype, data }) {
  let elements = data;
  if (dtype === "bool") elements = Array.from(data, Boolean);
  if (dtype === "str") elements = data.map((value) => text(value, "an array of texts"));
  return { shape: BigUint64Array.from(shape, BigInt), data: { tag: TAGS[dtype], val: elements } };
}

function ofArray({ shape, data: { tag, val } }) {
  const dtype = DTYPES[tag];
  const elements = dtype === "bool" ? Uint8Array.from(val, Number) : dtype === "str" ? Array.from(val) : typed(dtype, val);
  return new NdArray(Array.from(shape, Number), dtype, elements);
}

/** Lists without elements may come as arrays. */
function typed(dtype, values) {
  const mine = own(values);
  return mine instanceof STORES[dtype] ? mine : STORES[dtype].from(mine);
}

function toSequence(values) {
  const kinds = new Set(Array.from(values, kindOf));
  if (kinds.size === 0) return { tag: "empty" };
  const [kind, other] = kinds;
  if (other !== undefined) {
    throw new TypeError(`an array holds values of one type, not ${[...kinds].join(" and ")}; use a Map, or several items`);
  }
  switch (kind) {
    case "boolean":
      return { tag: "booleans", val: Array.from(values) };
    case "number":
      return { tag: "reals", val: Float64Array.from(values) };
    case "integer":
      return { tag: "integers", val: BigInt64Array.from(values, (value) => wide(value.value ?? value)) };
    case "string":
      return { tag: "texts", val: Array.from(values, (value) => text(value)) };
    case "Complex":
      return { tag: "complexes", val: Array.from(values, complex) };
    case "Uint8Array":
      return { tag: "byte-strings", val: Array.from(values) };
    default:
      throw new TypeError(`an array cannot hold ${kind}; nested numbers are made by array(values) of "host-guest"`);
  }
}

function kindOf(value) {
  if (typeof value === "bigint" || value instanceof Integer) return "integer";
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return value.constructor?.name ?? "objects";
}

function ofSequence({ tag, val }) {
  switch (tag) {
    case "empty":
      return [];
    case "integers":
      return Array.from(val, narrow);
    case "complexes":
      return Array.from(val, ({ re, im }) => new Complex(re, im));
    case "byte-strings":
      return Array.from(val, own);
    default:
      return Array.from(val);
  }
}

function toTable({ columns }) {
  return { columns: Array.from(columns, ([name, cells]) => ({ name: text(name, "the name of a column"), cells: toArray(cells) })) };
}

export function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function collect(values, prefix, entries) {
  for (const [key, value] of values instanceof Map ? values : Object.entries(values)) {
    const path = prefix + text(key, "a key of a dictionary");
    if (value instanceof Map || isPlainObject(value)) {
      const before = entries.length;
      collect(value, `${path}.`, entries);
      if (entries.length === before) throw new TypeError(`the dictionary ${path} inside of another is empty and would leave no trace`);
    } else {
      entries.push({ key: path, value: toPlain(value) });
    }
  }
}

/** A Map, since objects would order keys that look like numbers. */
function ofEntries(entries) {
  const nested = new Map();
  for (const { key, value } of entries) {
    const path = key.split(".");
    const last = path.pop();
    let at = nested;
    for (const name of path) {
      if (!at.has(name)) at.set(name, new Map());
      at = at.get(name);
    }
    at.set(last, ofPlain(value));
  }
  return nested;
}

function toSparse({ format, shape: [rows, columns], data, positions }) {
  const { indices, indptr, row, col, offsets } = positions;
  const parts = {
    csr: () => ({ indices: toIndices(indices), indptr: toIndices(indptr) }),
    csc: () => ({ indices: toIndices(indices), indptr: toIndices(indptr) }),
    bsr: () => ({ indices: toIndices(indices), indptr: toIndices(indptr) }),
    coo: () => ({ row: toIndices(row), col: toIndices(col) }),
    dia: () => toIndices(offsets),
  };
  if (!Object.hasOwn(parts, format)) {
    throw new TypeError(`"${format}" is no format of sparse matrices; there are ${Object.keys(parts).join(", ")}`);
  }
  const structure = { tag: format, val: parts[format]() };
  return { rows: BigInt(rows), columns: BigInt(columns), data: toArray(data), structure };
}

function toIndices(places) {
  if (places instanceof Int32Array) return { tag: "signed32", val: places };
  if (places instanceof BigInt64Array) return { tag: "signed64", val: places };
  const small = Array.from(places).every((place) => place >= -(2 ** 31) && place < 2 ** 31);
  if (small) return { tag: "signed32", val: Int32Array.from(places, Number) };
  return { tag: "signed64", val: BigInt64Array.from(places, BigInt) };
}

function ofSparse({ rows, columns, data, structure: { tag, val } }) {
  const positions = tag === "dia" ? { offsets: own(val.val) } : Object.fromEntries(Object.entries(val).map(([name, list]) => [name, own(list.val)]));
  return new Sparse(tag, [Number(rows), Number(columns)], ofArray(data), positions);
}
