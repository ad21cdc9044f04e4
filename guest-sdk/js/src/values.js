// The values that JavaScript has no type for.

/** What a job throws to fail its run with a reason in its own words: the text alone is told, and where it was thrown. */
export class JobError extends Error {
  constructor(reason, options) {
    super(reason, options);
    this.name = "JobError";
  }
}

/** The typed array that holds the elements of each type. Complex numbers lie as two reals each, booleans as 0 and 1. */
export const STORES = {
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
  str: Array,
};

/** The name of the class of a typed array, and of nothing else. */
export function typedName(value) {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? value[Symbol.toStringTag] : undefined;
}

/**
 * A typed array of the host as one of the job's own. The bindings have globals of their own, so that `instanceof` would
 * fail; the elements are not copied.
 */
export function own(values) {
  const name = typedName(values);
  if (name === undefined || values instanceof globalThis[name]) return values;
  return new globalThis[name](values.buffer, values.byteOffset, values.length);
}

/** A complex number. */
export class Complex {
  constructor(re, im = 0) {
    this.re = re;
    this.im = im;
  }

  toString() {
    return `${this.re}${this.im < 0 ? "-" : "+"}${Math.abs(this.im)}i`;
  }
}

/** A whole number that is to be stored as an integer. Plain numbers are stored as reals, whatever their value. */
export class Integer {
  constructor(value) {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
      throw new TypeError(`${String(value)} is no whole number that is exact; 64-bit integers are written 123n`);
    }
    this.value = BigInt(value);
  }
}

/** Stores a whole number as an integer: `traj.f_add_result("count", integer(spikes.length))`. */
export function integer(value) {
  return new Integer(value);
}

/** A tuple: what `tuple([1, 2])` makes, and what a tuple of Python becomes. */
export class Tuple extends Array {
  static get [Symbol.species]() {
    return Array;
  }
}

/** Stores a list as a tuple. */
export function tuple(values) {
  const made = new Tuple();
  made.push(...values);
  return made;
}

/** The items of a result, as pairs of a name and a value; an empty name stands for the result's own. */
export class Items {
  constructor(pairs) {
    this.pairs = [...pairs];
  }
}

/** Numbers, booleans or texts in a box of any number of dimensions, slowest first. */
export class NdArray {
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
    const made = new NdArray(shape.flat(), this.dtype, this.data);
    if (made.size !== this.size) {
      throw new RangeError(`${this.size} elements do not fill the shape [${made.shape}]`);
    }
    return made;
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
}

function element({ dtype, data }, at) {
  if (dtype === "bool") return data[at] !== 0;
  return dtype.startsWith("complex") ? new Complex(data[2 * at], data[2 * at + 1]) : data[at];
}

/**
 * An array of a typed array, or of nested arrays of numbers, booleans, texts or `Complex`.
 *
 * `shape` orders flat elements; `dtype` is that of the elements if it is not given.
 */
export function array(values, { shape, dtype } = {}) {
  if (values instanceof NdArray) {
    const same = dtype === undefined || dtype === values.dtype;
    const made = same ? values : build(values.toArray(), dtype);
    return shape === undefined ? made : made.reshape(shape);
  }
  let made;
  if (ArrayBuffer.isView(values) && !(values instanceof DataView)) {
    const found = dtype ?? dtypeOf(values);
    const scale = found.startsWith("complex") ? 2 : 1;
    made = new NdArray([values.length / scale], found, values);
  } else {
    made = build(values, dtype);
  }
  return shape === undefined ? made : made.reshape(shape);
}

/** The type of the elements of a typed array. */
export function dtypeOf(values) {
  const dtype = Object.keys(STORES).find((name) => name !== "bool" && values instanceof STORES[name]);
  if (dtype !== undefined) return dtype;
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
  const wide = found === "int64" || found === "uint64";
  return new NdArray(shape, found, STORES[found].from(wide ? flat.map(BigInt) : flat.map(Number)));
}

function commonType(flat) {
  const kinds = new Set(flat.map((value) => (value instanceof Complex ? "complex" : typeof value)));
  if (kinds.size <= 1) {
    const names = { boolean: "bool", string: "str", bigint: "int64", number: "float64", complex: "complex128" };
    const name = names[[...kinds][0] ?? "number"];
    if (name !== undefined) return name;
  } else if ([...kinds].every((kind) => kind === "number" || kind === "complex")) {
    return "complex128";
  }
  throw new TypeError(`an array cannot hold ${[...kinds].join(" and ")}: its elements are numbers, booleans or texts`);
}

function isList(value) {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** An ordered table, of columns by their names. The first dimension of a column counts the rows. */
export class Table {
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
}

/** A matrix of which only some elements are stored, in one of SciPy's formats. Elements that occur twice add up. */
export class Sparse {
  /** `positions` are those of the format: `indices` and `indptr`, `row` and `col`, or `offsets`. */
  constructor(format, shape, data, positions) {
    this.format = format;
    this.shape = shape;
    this.data = array(data);
    this.positions = positions;
  }

  /** Row by row: row `i` has the elements from `indptr[i]` to before `indptr[i + 1]`, in the columns `indices`. */
  static csr(shape, data, indices, indptr) {
    return new Sparse("csr", shape, data, { indices, indptr });
  }

  /** Column by column. */
  static csc(shape, data, indices, indptr) {
    return new Sparse("csc", shape, data, { indices, indptr });
  }

  /** As `csr`, of blocks: `data` has the dimensions block, row and column. */
  static bsr(shape, data, indices, indptr) {
    return new Sparse("bsr", shape, data, { indices, indptr });
  }

  /** Each element with its row and its column. */
  static coo(shape, data, row, col) {
    return new Sparse("coo", shape, data, { row, col });
  }

  /** Diagonal by diagonal: `data` has the dimensions diagonal and column. */
  static dia(shape, data, offsets) {
    return new Sparse("dia", shape, data, { offsets });
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
        for (const [j, one] of row.entries()) yield [line * value.length + i, other * row.length + j, one];
      }
    }
  }
}
