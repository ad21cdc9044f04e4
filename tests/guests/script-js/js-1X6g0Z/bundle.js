var __defProp = Object.defineProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// script-js/job.ts
var job_exports = {};
__export(job_exports, {
  run: () => run
});

// ../../guest-sdk/js/index.js
var js_exports = {};
__export(js_exports, {
  Complex: () => Complex,
  Integer: () => Integer,
  Items: () => Items,
  JobError: () => JobError,
  NdArray: () => NdArray,
  Rng: () => Rng,
  Sparse: () => Sparse,
  Table: () => Table,
  Tuple: () => Tuple,
  array: () => array,
  integer: () => integer,
  tuple: () => tuple
});

// ../../guest-sdk/js/src/rng.js
var STEP = 2 ** -53;
var CONSTANTS = [1634760805, 857760878, 2036477234, 1797285236];
var Rng = class {
  #input = new Uint32Array(16);
  #block = new Uint32Array(16);
  #at = 16;
  /** `seed` and `stream` are BigInts from 0 to 2^64 - 1. Streams of one seed are independent of one another. */
  constructor(seed, stream = 0n) {
    this.#input.set(CONSTANTS);
    this.#input[4] = Number(BigInt(seed) & 0xffffffffn);
    this.#input[5] = Number(BigInt(seed) >> 32n & 0xffffffffn);
    this.#input[14] = Number(BigInt(stream) & 0xffffffffn);
    this.#input[15] = Number(BigInt(stream) >> 32n & 0xffffffffn);
  }
  /** 32 random bits. */
  #word() {
    if (this.#at === 16) this.#refill();
    return this.#block[this.#at++];
  }
  /** 64 random bits, as a BigInt. */
  bits() {
    const low = this.#word();
    return BigInt(this.#word()) << 32n | BigInt(low);
  }
  /** A number from 0 to 1, without 1. */
  uniform() {
    const low = this.#word();
    return (this.#word() * 2097152 + (low >>> 11)) * STEP;
  }
  /** A whole number from 0 to `end`, without `end`, each as likely as the other. */
  below(end) {
    if (!(Number.isSafeInteger(end) && end > 0)) throw new RangeError(`there is no whole number below ${end} to draw`);
    const wide2 = BigInt(end);
    const surplus = (2n ** 64n - wide2) % wide2;
    for (; ; ) {
      const product = this.bits() * wide2;
      if ((product & 0xffffffffffffffffn) >= surplus) return Number(product >> 64n);
    }
  }
  /** Whether an event of this probability happens. */
  chance(probability) {
    return this.uniform() < probability;
  }
  /** A normally distributed number of mean 0 and variance 1. */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
  /** An exponentially distributed number of mean 1. */
  exponential() {
    return -Math.log(1 - this.uniform());
  }
  /** Puts the items of an array into random order, each as likely as the other. */
  shuffle(items) {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [items[last], items[other]] = [items[other], items[last]];
    }
  }
  #refill() {
    const x = this.#block;
    x.set(this.#input);
    for (let round = 0; round < 4; round++) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 1, 5, 9, 13);
      quarter(x, 2, 6, 10, 14);
      quarter(x, 3, 7, 11, 15);
      quarter(x, 0, 5, 10, 15);
      quarter(x, 1, 6, 11, 12);
      quarter(x, 2, 7, 8, 13);
      quarter(x, 3, 4, 9, 14);
    }
    for (let i = 0; i < 16; i++) x[i] += this.#input[i];
    this.#input[12]++;
    if (this.#input[12] === 0) this.#input[13]++;
    this.#at = 0;
  }
};
function quarter(x, a, b, c, d) {
  x[a] += x[b];
  x[d] = rotated(x[d] ^ x[a], 16);
  x[c] += x[d];
  x[b] = rotated(x[b] ^ x[c], 12);
  x[a] += x[b];
  x[d] = rotated(x[d] ^ x[a], 8);
  x[c] += x[d];
  x[b] = rotated(x[b] ^ x[c], 7);
}
function rotated(word, by) {
  return word << by | word >>> 32 - by;
}

// ../../guest-sdk/js/src/values.js
var JobError = class extends Error {
  constructor(reason, options) {
    super(reason, options);
    this.name = "JobError";
  }
};
var STORES = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
  str: Array
};
function typedName(value) {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? value[Symbol.toStringTag] : void 0;
}
function own(values) {
  const name = typedName(values);
  if (name === void 0 || values instanceof globalThis[name]) return values;
  return new globalThis[name](values.buffer, values.byteOffset, values.length);
}
var Complex = class {
  constructor(re, im = 0) {
    this.re = re;
    this.im = im;
  }
  toString() {
    return `${this.re}${this.im < 0 ? "-" : "+"}${Math.abs(this.im)}i`;
  }
};
var Integer = class {
  constructor(value) {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
      throw new TypeError(`${String(value)} is no whole number that is exact; 64-bit integers are written 123n`);
    }
    this.value = BigInt(value);
  }
};
function integer(value) {
  return new Integer(value);
}
var Tuple = class extends Array {
  static get [Symbol.species]() {
    return Array;
  }
};
function tuple(values) {
  const made2 = new Tuple();
  made2.push(...values);
  return made2;
}
var Items = class {
  constructor(pairs) {
    this.pairs = [...pairs];
  }
};
var NdArray = class _NdArray {
  /** `data` holds the elements flat, in the typed array of their type (an Array for "str"). */
  constructor(shape, dtype, data) {
    if (!Object.hasOwn(STORES, dtype)) {
      throw new TypeError(`"${dtype}" is no type of elements; there are ${Object.keys(STORES).join(", ")}`);
    }
    if (!(data instanceof STORES[dtype])) {
      throw new TypeError(`elements of the type ${dtype} lie in a ${STORES[dtype].name}`);
    }
    this.shape = shape;
    this.dtype = dtype;
    this.data = data;
  }
  /** The number of elements. */
  get size() {
    return this.shape.reduce((product, length) => product * length, 1);
  }
  /** The element at these positions, one in each dimension. */
  get(...positions) {
    return element(this, this.#locate(positions));
  }
  /** Sets the element at these positions. */
  set(positions, value) {
    const at = this.#locate(positions);
    if (this.dtype.startsWith("complex")) {
      this.data[2 * at] = value.re ?? value;
      this.data[2 * at + 1] = value.im ?? 0;
    } else {
      this.data[at] = this.dtype === "bool" ? Number(value) : value;
    }
  }
  /** The same elements in other dimensions. */
  reshape(...shape) {
    const made2 = new _NdArray(shape.flat(), this.dtype, this.data);
    if (made2.size !== this.size) {
      throw new RangeError(`${this.size} elements do not fill the shape [${made2.shape}]`);
    }
    return made2;
  }
  /** Nested arrays, or the element of an array without dimensions. */
  toArray() {
    const nested = (depth, begin, count) => {
      if (depth === this.shape.length) return element(this, begin);
      const length = this.shape[depth];
      const below = length === 0 ? 0 : count / length;
      return Array.from({ length }, (_, i) => nested(depth + 1, begin + i * below, below));
    };
    return nested(0, 0, this.size);
  }
  *[Symbol.iterator]() {
    const rows = this.toArray();
    yield* Array.isArray(rows) ? rows : [rows];
  }
  #locate(positions) {
    if (positions.length !== this.shape.length) {
      throw new RangeError(`${positions.length} positions in an array with ${this.shape.length} dimensions`);
    }
    return positions.reduce((at, position, axis) => {
      if (!(Number.isInteger(position) && position >= 0 && position < this.shape[axis])) {
        throw new RangeError(`position ${position} in dimension ${axis} of length ${this.shape[axis]}`);
      }
      return at * this.shape[axis] + position;
    }, 0);
  }
};
function element({ dtype, data }, at) {
  if (dtype === "bool") return data[at] !== 0;
  return dtype.startsWith("complex") ? new Complex(data[2 * at], data[2 * at + 1]) : data[at];
}
function array(values, { shape, dtype } = {}) {
  if (values instanceof NdArray) {
    const same = dtype === void 0 || dtype === values.dtype;
    const made3 = same ? values : build(values.toArray(), dtype);
    return shape === void 0 ? made3 : made3.reshape(shape);
  }
  let made2;
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) {
    const found = dtype ?? dtypeOf(values);
    const scale = found.startsWith("complex") ? 2 : 1;
    made2 = new NdArray([values.length / scale], found, values);
  } else {
    made2 = build(values, dtype);
  }
  return shape === void 0 ? made2 : made2.reshape(shape);
}
function dtypeOf(values) {
  const dtype = Object.keys(STORES).find((name) => name !== "bool" && values instanceof STORES[name]);
  if (dtype !== void 0) return dtype;
  if (values instanceof Uint8ClampedArray) return "uint8";
  throw new TypeError(`a ${values.constructor.name} holds no numbers that can be stored`);
}
function build(values, dtype) {
  const shape = [];
  for (let level = values; isList(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  let flat = [values];
  for (const length of shape) {
    if (!flat.every((row) => isList(row) && row.length === length)) {
      throw new TypeError(`the rows of an array are not all of length ${length}`);
    }
    flat = flat.flatMap((row) => Array.from(row));
  }
  const found = dtype ?? commonType(flat);
  if (found === "str") {
    if (!flat.every((value) => typeof value === "string")) throw new TypeError("an array of texts holds something else");
    return new NdArray(shape, found, flat);
  }
  if (found.startsWith("complex")) flat = flat.flatMap((value) => [value.re ?? value, value.im ?? 0]);
  if (!Object.hasOwn(STORES, found)) return new NdArray(shape, found, null);
  const wide2 = found === "int64" || found === "uint64";
  return new NdArray(shape, found, STORES[found].from(wide2 ? flat.map(BigInt) : flat.map(Number)));
}
function commonType(flat) {
  const kinds = new Set(flat.map((value) => value instanceof Complex ? "complex" : typeof value));
  if (kinds.size <= 1) {
    const names2 = { boolean: "bool", string: "str", bigint: "int64", number: "float64", complex: "complex128" };
    const name = names2[[...kinds][0] ?? "number"];
    if (name !== void 0) return name;
  } else if ([...kinds].every((kind) => kind === "number" || kind === "complex")) {
    return "complex128";
  }
  throw new TypeError(`an array cannot hold ${[...kinds].join(" and ")}: its elements are numbers, booleans or texts`);
}
function isList(value) {
  return Array.isArray(value) || ArrayBuffer.isView(value) && !(value instanceof DataView);
}
var Table = class {
  constructor(columns) {
    const pairs = columns instanceof Map ? columns : Object.entries(columns);
    this.columns = new Map([...pairs].map(([name, cells]) => [name, array(cells)]));
  }
  /** The array of a column. */
  get(name) {
    return this.columns.get(name);
  }
  /** The number of rows. */
  get rows() {
    for (const cells of this.columns.values()) return cells.shape[0] ?? 0;
    return 0;
  }
};
var Sparse = class _Sparse {
  /** `positions` are those of the format: `indices` and `indptr`, `row` and `col`, or `offsets`. */
  constructor(format, shape, data, positions) {
    this.format = format;
    this.shape = shape;
    this.data = array(data);
    this.positions = positions;
  }
  /** Row by row: row `i` has the elements from `indptr[i]` to before `indptr[i + 1]`, in the columns `indices`. */
  static csr(shape, data, indices, indptr) {
    return new _Sparse("csr", shape, data, { indices, indptr });
  }
  /** Column by column. */
  static csc(shape, data, indices, indptr) {
    return new _Sparse("csc", shape, data, { indices, indptr });
  }
  /** As `csr`, of blocks: `data` has the dimensions block, row and column. */
  static bsr(shape, data, indices, indptr) {
    return new _Sparse("bsr", shape, data, { indices, indptr });
  }
  /** Each element with its row and its column. */
  static coo(shape, data, row, col) {
    return new _Sparse("coo", shape, data, { row, col });
  }
  /** Diagonal by diagonal: `data` has the dimensions diagonal and column. */
  static dia(shape, data, offsets) {
    return new _Sparse("dia", shape, data, { offsets });
  }
  /** Row, column and value of each element that is stored, in the order of the format. */
  *entries() {
    const places = Object.fromEntries(Object.entries(this.positions).map(([name, list]) => [name, Array.from(list, Number)]));
    const data = this.data.toArray();
    if (this.format === "coo") {
      for (const [at, value] of data.entries()) yield [places.row[at], places.col[at], value];
    } else if (this.format === "dia") {
      for (const [at, offset] of places.offsets.entries()) {
        for (const [column, value] of data[at].entries()) {
          const row = column - offset;
          if (row >= 0 && row < this.shape[0] && column < this.shape[1]) yield [row, column, value];
        }
      }
    } else {
      for (let line = 0; line + 1 < places.indptr.length; line++) {
        for (let at = places.indptr[line]; at < places.indptr[line + 1]; at++) {
          yield* this.#stored(line, places.indices[at], data[at]);
        }
      }
    }
  }
  *#stored(line, other, value) {
    if (this.format === "csr") yield [line, other, value];
    else if (this.format === "csc") yield [other, line, value];
    else {
      for (const [i, row] of value.entries()) {
        for (const [j, one2] of row.entries()) yield [line * value.length + i, other * row.length + j, one2];
      }
    }
  }
};

// script-js/nested/helper.js
function fails() {
  throw new TypeError("no tau");
}

// script-js/job.ts
var names = { guest: js_exports, ...js_exports, fails, outer, wrapped, endless };
function run(traj, ...given) {
  const script = new Function("traj", "given", ...Object.keys(names), traj.script);
  return script(traj, given, ...Object.values(names));
}
function outer(x) {
  return inner(x);
}
function inner(x) {
  if (x === void 0) throw new RangeError(`no ${"rate" /* Rate */} of undefined`);
  return 1 / x;
}
function wrapped() {
  try {
    inner(void 0);
  } catch (cause) {
    throw new Error("no model", { cause });
  }
}
function endless(depth) {
  return endless(depth + 1) + 1;
}

// ../../guest-sdk/js/src/entry.js
import * as host2 from "host:exploration/single-run@0.1.0";

// ../../guest-sdk/js/src/failure.js
var CALLERS = 3;
function describe(thrown, map) {
  if (!(thrown instanceof Error)) return `the job threw ${shown(thrown)}, which is no Error and does not say where`;
  const cause = thrown.cause instanceof Error ? `; because of ${one(thrown.cause, map)}` : "";
  return `${one(thrown, map)}${cause}`.toWellFormed();
}
function one(error, map) {
  const places = placesOf(error.stack ?? "", map);
  const where = places.length === 0 ? "" : ` (at ${places.slice(0, CALLERS + 1).join(", called from ")})`;
  return `${error instanceof JobError ? "" : `${error.name}: `}${error.message}${where}`;
}
function shown(value) {
  try {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    if (typeof value === "object" && value !== null) {
      const plain = JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}n` : part);
      return plain === "{}" ? String(value) : plain;
    }
    return String(value);
  } catch {
    return `a ${typeof value} that cannot be shown`;
  }
}
function placesOf(stack, map) {
  const places = [];
  for (const line of stack.split("\n")) {
    const found = /^(.*)@(.+?):(\d+):\d+$/.exec(line);
    if (found === null || !found[2].endsWith(map.file)) continue;
    const origin = originOf(map, Number(found[3]));
    if (origin === void 0) continue;
    const name = found[1].replace(/^.*[/<]/, "");
    const place = `${origin.source}:${origin.line}${name === "" ? "" : ` in ${name}`}`;
    if (places.at(-1) !== place) places.push(place);
  }
  return places;
}
function originOf({ sources, lines }, line) {
  const range = lines.find(([begin, , , count]) => begin <= line && line < begin + count);
  return range === void 0 ? void 0 : { source: sources[range[1]], line: range[2] + line - range[0] };
}

// ../../guest-sdk/js/src/single_run.js
import * as host from "host:exploration/single-run@0.1.0";

// ../../guest-sdk/js/src/wire.js
var SMALLEST = -(2n ** 63n);
var LARGEST = 2n ** 63n - 1n;
var TAGS = {
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
  str: "text"
};
var DTYPES = Object.fromEntries(Object.entries(TAGS).map(([dtype, tag]) => [tag, dtype]));
var THERE_ARE = "there are null, boolean, number, BigInt, string, Uint8Array, other typed arrays, arrays of one type, Map, Complex, NdArray, Table, Sparse";
function toValue(value) {
  if (value instanceof Table) return { tag: "table", val: toTable(value) };
  if (value instanceof Sparse) return { tag: "sparse", val: toSparse(value) };
  if (value instanceof Map || isPlainObject(value)) {
    const entries = [];
    collect(value, "", entries);
    return { tag: "dictionary", val: entries };
  }
  return { tag: "plain", val: toPlain(value) };
}
function toPlain(value) {
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
function ofValue({ tag, val }) {
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
function ofPlain({ tag, val }) {
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
function text(value, what = "a text") {
  if (typeof value !== "string") throw new TypeError(`${what} is a string, not ${value === null ? "null" : `a ${typeof value}`}`);
  if (!value.isWellFormed()) throw new TypeError(`${what} holds half a character and cannot be stored; bytes can hold anything`);
  return value;
}
function toManifest(manifest) {
  const { comment = "", parameters, results = [] } = manifest ?? {};
  return {
    comment: text(comment, "the comment of the manifest"),
    parameters: parameters?.map((parameter) => ({
      name: text(parameter.name, "the name of a parameter"),
      valueType: text(parameter.type, `the type of the parameter ${parameter.name}`),
      unit: text(parameter.unit ?? "", "a unit"),
      comment: text(parameter.comment ?? "", "a comment"),
      default: parameter.default === void 0 ? void 0 : toValue(declared(parameter)),
      minimum: parameter.minimum,
      maximum: parameter.maximum
    })),
    results: results.map((result) => ({
      name: text(result.name, "the name of a result"),
      unit: text(result.unit ?? "", "a unit"),
      comment: text(result.comment ?? "", "a comment"),
      dimensions: (result.dimensions ?? []).map((name) => text(name, "the name of a dimension"))
    }))
  };
}
function declared({ type, default: value }) {
  return type === "integer" && typeof value === "number" ? new Integer(value) : value;
}
function narrow(wide2) {
  const number = Number(wide2);
  return Number.isSafeInteger(number) ? number : wide2;
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
function typed(dtype, values) {
  const mine = own(values);
  return mine instanceof STORES[dtype] ? mine : STORES[dtype].from(mine);
}
function toSequence(values) {
  const kinds = new Set(Array.from(values, kindOf));
  if (kinds.size === 0) return { tag: "empty" };
  const [kind, other] = kinds;
  if (other !== void 0) {
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
function isPlainObject(value) {
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
function ofEntries(entries) {
  const nested = /* @__PURE__ */ new Map();
  for (const { key, value } of entries) {
    const path = key.split(".");
    const last = path.pop();
    let at = nested;
    for (const name of path) {
      if (!at.has(name)) at.set(name, /* @__PURE__ */ new Map());
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
    dia: () => toIndices(offsets)
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

// ../../guest-sdk/js/src/single_run.js
var BRANCHES = {
  par: "parameters",
  param: "parameters",
  dpar: "derived_parameters",
  dparam: "derived_parameters",
  conf: "config",
  res: "results"
};
var HostError = class extends Error {
  constructor(kind, message) {
    super(message);
    this.name = "HostError";
    this.kind = kind;
  }
};
var ParameterNode = class {
  #value;
  constructor(fullName, value, { comment = "", unit = "", explored = false }) {
    this.#value = value;
    this.v_full_name = fullName;
    this.v_comment = comment;
    this.v_unit = unit;
    this.v_explored = explored;
  }
  get v_name() {
    return this.v_full_name.slice(this.v_full_name.lastIndexOf(".") + 1);
  }
  get v_location() {
    return this.v_full_name.slice(0, Math.max(this.v_full_name.lastIndexOf("."), 0));
  }
  f_get() {
    return this.#value;
  }
  f_has_range() {
    return this.v_explored;
  }
};
var ResultNode = class {
  constructor(name, comment) {
    this.v_name = name;
    this.v_comment = comment;
  }
  f_set_annotations(annotations) {
    for (const [key, value] of Object.entries(annotations)) annotate(this.v_name, key, value);
  }
};
var Names = class {
  #infos;
  #derived = /* @__PURE__ */ new Map();
  get infos() {
    this.#infos ??= new Map(host.fListParameters("").map((info) => [info.name, info]));
    return this.#infos;
  }
  added(name, comment) {
    this.#derived.set(`derived_parameters.${name}`, comment);
  }
  all() {
    return [...this.infos.keys(), ...this.#derived.keys()];
  }
  isGroup(path) {
    return path === "parameters" || path === "derived_parameters" || this.below(path).length > 0;
  }
  /** The full names below a group, whose path may leave out others as short-cuts do. */
  below(path) {
    const wanted = path.split(".");
    return this.all().filter((name) => leadsTo(wanted, name.split(".").slice(0, -1)));
  }
  node(name, value) {
    const wanted = name.split(".");
    const last = wanted.pop();
    const candidates = [name, `parameters.${name}`, ...this.infos.keys()];
    const full = candidates.find((known, at) => {
      if (at < 2) return this.infos.has(known);
      const groups = known.split(".");
      return groups.pop() === last && leadsTo(wanted, groups);
    });
    if (full !== void 0) return new ParameterNode(full, value, this.infos.get(full));
    const derived = name.startsWith("derived_parameters.") ? name : `derived_parameters.${name}`;
    return new ParameterNode(derived, value, { comment: this.#derived.get(derived) });
  }
};
function leadsTo(wanted, groups) {
  let at = 0;
  for (const group of groups) if (group === wanted[at]) at++;
  return at === wanted.length;
}
var Group = class _Group {
  constructor(names2, path) {
    this.names = names2;
    this.path = path;
  }
  full(name) {
    if (this.path !== "") return `${this.path}.${text(name, "a name")}`;
    const [first, ...rest] = text(name, "a name").split(".");
    return [Object.hasOwn(BRANCHES, first) ? BRANCHES[first] : first, ...rest].join(".");
  }
  /** The value or group of a name, for `traj.name`. */
  f_find(name) {
    const full = this.full(name);
    try {
      return ofValue(host.fGet(full));
    } catch (error) {
      if (error.payload !== void 0 && this.names.isGroup(full)) return natural(new _Group(this.names, full));
      throw refusedAccess(full, error);
    }
  }
  f_contains(name) {
    const full = this.full(name);
    return host.fContains(full) || this.names.isGroup(full);
  }
  f_get(name) {
    const full = this.full(name);
    let value;
    try {
      value = ofValue(host.fGet(full));
    } catch (error) {
      if (error.payload !== void 0 && this.names.isGroup(full)) return natural(new _Group(this.names, full));
      throw refusedAccess(full, error);
    }
    return this.names.node(full, value);
  }
  f_get_default(name, fallback = null) {
    const full = this.full(name);
    try {
      return ofValue(host.fGet(full));
    } catch (error) {
      if (error.payload?.tag === "not-found") return fallback;
      throw refusedAccess(full, error);
    }
  }
  /** All parameters below this group, as nodes, in the order of their names. */
  f_iter_leaves() {
    const names2 = this.path === "" ? [...this.names.infos.keys()] : this.names.below(this.path);
    return names2.map((name) => this.names.node(name, ofValue(host.fGet(name))));
  }
  /** The values of all parameters below this group, by their full names. */
  f_to_dict() {
    return Object.fromEntries(this.f_iter_leaves().map((node) => [node.v_full_name, node.f_get()]));
  }
};
var SingleRun = class extends Group {
  #kwargs;
  constructor(args, kwargs) {
    super(new Names(), "");
    this.v_args = args;
    this.#kwargs = kwargs;
  }
  get v_kwargs() {
    return this.#kwargs;
  }
  get v_idx() {
    return Number(host.vIdx());
  }
  get v_name() {
    return host.vName();
  }
  get v_crun() {
    return host.vName();
  }
  get v_length() {
    return Number(host.vLength());
  }
  get v_seed() {
    return host.vSeed();
  }
  get v_trajectory_name() {
    return host.vTrajectoryName();
  }
  /** Random numbers of this run, from stream `stream`; `Math.random` draws from a stream of its own. */
  f_rng(stream = 0n) {
    return new Rng(host.vSeed(), BigInt(stream));
  }
  f_add_result(name, value, comment = "") {
    return this.f_add_result_as(void 0, name, value, comment);
  }
  f_add_result_as(className, name, value, comment = "") {
    const items = itemsOf(text(name, "the name of a result"), value);
    attempt(name, () => {
      if (className === void 0) host.fAddResult(name, items, text(comment, "a comment"));
      else host.fAddResultAs(text(className, "the name of a class"), name, items, text(comment, "a comment"));
    });
    return new ResultNode(name, comment);
  }
  f_add_derived_parameter(name, value, comment = "") {
    return this.f_add_derived_parameter_as(void 0, name, value, comment);
  }
  f_add_derived_parameter_as(className, name, value, comment = "") {
    const converted = named(text(name, "the name of a derived parameter"), toValue, value);
    attempt(name, () => {
      if (className === void 0) host.fAddDerivedParameter(name, converted, text(comment, "a comment"));
      else host.fAddDerivedParameterAs(text(className, "the name of a class"), name, converted, text(comment, "a comment"));
    });
    this.names.added(name, comment);
    return new ResultNode(name, comment);
  }
  f_set_annotation(node, key, value) {
    annotate(node, key, value);
  }
  f_set_annotations(node, annotations) {
    for (const [key, value] of Object.entries(annotations)) annotate(node, key, value);
  }
  f_get_parameters() {
    return this.f_to_dict();
  }
  f_log(level, message) {
    if (!["debug", "info", "warning", "error"].includes(level)) {
      throw new TypeError(`"${level}" is no level; there are debug, info, warning and error`);
    }
    host.log(level, String(message).toWellFormed());
  }
  f_progress(fraction, message = "") {
    host.progress(fraction, String(message).toWellFormed());
  }
};
function singleRun(args, kwargs) {
  return natural(new SingleRun(args, kwargs));
}
var OF_THE_LANGUAGE = /* @__PURE__ */ new Set(["then", "toJSON", "constructor", "valueOf", "toString", "inspect", "nodeType"]);
function natural(group) {
  return new Proxy(group, {
    get(target, name) {
      if (typeof name === "symbol") {
        return name === Symbol.toPrimitive ? () => target.path === "" ? target.v_name : target.path : void 0;
      }
      if (name.startsWith("f_") || name.startsWith("v_")) {
        const member = name === "f_find" ? void 0 : target[name];
        if (member === void 0) throw new TypeError(`a run has no \`${name}\``);
        return typeof member === "function" ? member.bind(target) : member;
      }
      if (OF_THE_LANGUAGE.has(name) && !target.f_contains(name)) {
        return name === "toString" ? () => target.path === "" ? target.v_name : target.path : void 0;
      }
      return target.f_find(name);
    },
    set(_, name) {
      throw new TypeError(`a run keeps nothing as a property: traj.f_add_result("${String(name)}", \u2026) adds a result`);
    },
    has(target, name) {
      return typeof name === "string" && target.f_contains(name);
    },
    ownKeys() {
      return [];
    },
    getOwnPropertyDescriptor() {
      return void 0;
    }
  });
}
function itemsOf(name, value) {
  if (value instanceof Items) return value.pairs.map(([key, item]) => ({ name: text(key, "a name"), value: named(`${name}.${key}`, toValue, item) }));
  if (!isPlainObject(value)) return [{ name: "", value: named(name, toValue, value) }];
  return Object.entries(value).map(([key, item]) => ({ name: text(key, "a name"), value: named(`${name}.${key}`, toValue, item) }));
}
function annotate(node, key, value) {
  const converted = named(`${node}.${key}`, toPlain, value);
  attempt(node, () => host.fSetAnnotation(text(node, "the name of a node"), text(key, "the key of an annotation"), converted));
}
function named(name, convert, value) {
  try {
    return convert(value);
  } catch (error) {
    if (error instanceof TypeError) throw new TypeError(`\`${name}\`: ${error.message}`);
    throw error;
  }
}
function attempt(name, call) {
  try {
    call();
  } catch (error) {
    if (error.payload === void 0) throw error;
    const { tag, val } = error.payload;
    const told = {
      "illegal-name": `\`${name}\` cannot be a name: ${val}`,
      "already-exists": `this run has added \`${val}\` before`,
      "invalid-value": `the value of \`${name}\` contradicts itself: ${val}`,
      "limit-exceeded": `\`${name}\` exceeds a limit: ${val}`,
      "not-found": `this run has added nothing called \`${val}\` to annotate`,
      "unknown-class": `\`${name}\` cannot be stored: ${val}`
    };
    throw new HostError(tag, told[tag] ?? val);
  }
}
function refusedAccess(name, error) {
  if (error.payload === void 0) return error;
  const { tag, val } = error.payload;
  switch (tag) {
    case "not-found":
      return new HostError(tag, `nothing is called \`${name}\`; the spec has to give it`);
    case "ambiguous":
      return new HostError(tag, `\`${name}\` could be \`${val.join("` or `")}\`; ask for one of them by its longer name`);
    case "illegal-name":
      return new HostError(tag, `\`${name}\` is not a name: ${val}`);
    default:
      return new HostError(tag, `a run may not see \`${name}\`: ${val}`);
  }
}

// ../../guest-sdk/js/src/entry.js
var STREAM_OF_MATH = 2n ** 64n - 1n;
function component(module, map) {
  if (typeof module.run !== "function") {
    throw new TypeError("the job exports no function `run(traj)`; that is what is called for every point");
  }
  if (/^Async|Generator/.test(module.run.constructor.name)) {
    throw new TypeError("`run` is an async function or a generator; a job exports a plain function `run(traj)`");
  }
  const manifest = toManifest(module.manifest);
  redirectConsole();
  refuseWaiting();
  return {
    describe: () => manifest,
    run(args, kwargs) {
      try {
        seedMath();
        const named2 = Object.fromEntries(kwargs.map(({ name, value }) => [name, ofValue(value)]));
        const values = args.map(ofValue);
        const more = kwargs.length > 0 ? [named2] : [];
        refuseReturned(module.run(singleRun(values, named2), ...values, ...more));
      } catch (thrown) {
        throw describe(thrown, map);
      }
    }
  };
}
function seedMath() {
  let rng;
  Math.random = () => {
    rng ??= new Rng(host2.vSeed(), STREAM_OF_MATH);
    return rng.uniform();
  };
}
function refuseReturned(returned) {
  if (typeof returned?.then === "function") {
    returned.then(void 0, () => {
    });
    throw new TypeError("`run` has returned a promise, and nothing waits for it; a job does its work before it returns");
  }
  if (returned !== void 0) {
    host2.log("warning", `\`run\` has returned ${shown(returned).slice(0, 80)}, which nobody keeps; \`traj.f_add_result\` adds results`.toWellFormed());
  }
}
function refuseWaiting() {
  const refuse = (name, why) => {
    globalThis[name] = () => {
      throw new TypeError(`\`${name}\` is not there: ${why}`);
    };
  };
  refuse("fetch", "a job has no network");
  for (const name of ["setTimeout", "setInterval"]) refuse(name, "nothing waits for what a job does later");
}
function redirectConsole() {
  const levels = { log: "info", info: "info", debug: "debug", trace: "debug", warn: "warning", error: "error" };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...values) => {
      const words = values.map((value) => typeof value === "string" ? value : shown(value));
      host2.log(level, words.join(" ").toWellFormed());
    };
  }
  console.assert = (condition, ...values) => {
    if (!condition) console.error("Assertion failed:", ...values);
  };
}

// script-js/host-entry.js
var made = component(job_exports, {"file":"bundle.js","sources":["job.ts",null,null,null,"nested/helper.js",null,null,null,null,null],"lines":[[8,0,1,1],[9,0,1,1],[10,0,1,1],[11,0,1,1],[393,4,3,3],[398,0,12,1],[399,0,14,4],[403,0,23,3],[406,0,27,4],[410,0,32,3],[413,0,34,1],[414,0,36,1],[415,0,36,1],[416,0,38,1],[417,0,40,3]]});
var describe2 = made.describe;
var run2 = made.run;
export {
  describe2 as describe,
  run2 as run
};
