// Types of `host-guest`. A job is a module with a function `run(traj: SingleRun)`.

/** The types of elements of an array. */
export type DType =
  | "bool" | "int8" | "int16" | "int32" | "int64" | "uint8" | "uint16" | "uint32" | "uint64"
  | "float32" | "float64" | "complex64" | "complex128" | "str";

type TypedArray =
  | Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array
  | BigUint64Array | Float32Array | Float64Array;

/** A value without parts that have names. */
export type Plain =
  | null | boolean | number | bigint | string | Integer | Complex | NdArray | Tuple | TypedArray
  | readonly boolean[] | readonly number[] | readonly bigint[] | readonly Integer[] | readonly string[]
  | readonly Complex[] | readonly Uint8Array[];

/** A dictionary. Dots in a key nest. */
export type Dictionary = Map<string, Plain | Dictionary> | { readonly [key: string]: Plain | Dictionary };

/** Whatever a parameter or an item of a result can be. */
export type Value = Plain | Table | Sparse | Dictionary;

/**
 * A value as it comes from the host. Integers are numbers where a number holds them exactly, and BigInts beyond; bytes are a
 * Uint8Array, arrays an NdArray, dictionaries a Map.
 *
 * It is `any` because only the spec knows which it is.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Given = any;

/** A complex number. */
export class Complex {
  constructor(re: number, im?: number);
  re: number;
  im: number;
}

/** A whole number that is to be stored as an integer. Plain numbers are stored as reals, whatever their value. */
export class Integer {
  constructor(value: number | bigint);
  readonly value: bigint;
}

/** Stores a whole number as an integer: `traj.f_add_result("count", integer(spikes.length))`. */
export function integer(value: number | bigint): Integer;

/** A tuple: what `tuple` makes, and what a tuple of Python becomes. */
export class Tuple<T = Given> extends Array<T> {}

/** Stores a list as a tuple. */
export function tuple<T>(values: Iterable<T>): Tuple<T>;

/** The items of a result, as pairs of a name and a value; an empty name stands for the result's own. */
export class Items {
  constructor(pairs: Iterable<readonly [string, Value]>);
}

/** What a job throws to fail its run with a reason in its own words: the text alone is told, and where it was thrown. */
export class JobError extends Error {
  constructor(reason: string, options?: { cause?: unknown });
}

/** Numbers, booleans or texts in a box of any number of dimensions, slowest first. */
export class NdArray {
  /** `data` holds the elements flat: complex ones as two reals each, booleans as 0 and 1, texts in an Array. */
  constructor(shape: number[], dtype: DType, data: TypedArray | string[]);
  readonly shape: number[];
  readonly dtype: DType;
  readonly data: Given;
  readonly size: number;
  get(...positions: number[]): Given;
  set(positions: number[], value: number | bigint | boolean | string | Complex): void;
  reshape(...shape: number[]): NdArray;
  toArray(): Given;
  [Symbol.iterator](): IterableIterator<Given>;
}

/** An array of a typed array, or of nested arrays of numbers, booleans, texts or `Complex`. */
export function array(values: unknown, options?: { shape?: number[]; dtype?: DType }): NdArray;

/** An ordered table, of columns by their names. The first dimension of a column counts the rows. */
export class Table {
  constructor(columns: Map<string, unknown> | { [name: string]: unknown });
  readonly columns: Map<string, NdArray>;
  readonly rows: number;
  get(name: string): NdArray | undefined;
}

type Positions = Int32Array | BigInt64Array | readonly number[];

/** A matrix of which only some elements are stored, in one of SciPy's formats. */
export class Sparse {
  readonly format: "csr" | "csc" | "bsr" | "coo" | "dia";
  readonly shape: [number, number];
  readonly data: NdArray;
  readonly positions: { [name: string]: Positions };
  static csr(shape: [number, number], data: unknown, indices: Positions, indptr: Positions): Sparse;
  static csc(shape: [number, number], data: unknown, indices: Positions, indptr: Positions): Sparse;
  static bsr(shape: [number, number], data: unknown, indices: Positions, indptr: Positions): Sparse;
  static coo(shape: [number, number], data: unknown, row: Positions, col: Positions): Sparse;
  static dia(shape: [number, number], data: unknown, offsets: Positions): Sparse;
  /** Row, column and value of each element that is stored. */
  entries(): IterableIterator<[number, number, Given]>;
}

/** Random numbers that follow from the seed of the run: those of the Rust SDK. */
export class Rng {
  constructor(seed: bigint, stream?: bigint);
  bits(): bigint;
  uniform(): number;
  below(end: number): number;
  chance(probability: number): boolean;
  normal(): number;
  exponential(): number;
  shuffle(items: unknown[]): void;
}

/** A parameter of this run, as `f_get` gives it. */
export interface ParameterNode {
  readonly v_name: string;
  readonly v_full_name: string;
  readonly v_location: string;
  readonly v_comment: string;
  /** The unit as a UDUNITS string, empty if there is none. */
  readonly v_unit: string;
  /** Whether its value differs from run to run. */
  readonly v_explored: boolean;
  f_get(): Given;
  f_has_range(): boolean;
}

/** A result or derived parameter that this run has added. */
export interface ResultNode {
  readonly v_name: string;
  readonly v_comment: string;
  f_set_annotations(annotations: { [key: string]: Plain }): void;
}

/** What is thrown where the host refuses something. `kind` is the word of the contract, such as "not-found". */
export interface HostError extends Error {
  readonly kind: string;
}

/** A group of parameters: `traj.neuron`, and then `traj.neuron.tau`. */
export interface Group {
  /** The value of a parameter, or a group. */
  readonly [name: string]: Given;
}

/** One run: exactly one point of the exploration, and the place where its results go. */
export interface SingleRun {
  readonly v_idx: number;
  readonly v_name: string;
  readonly v_crun: string;
  readonly v_length: number;
  /** Follows from the root seed, the point and the replicate. `Math.random` is seeded with it already. */
  readonly v_seed: bigint;
  readonly v_trajectory_name: string;
  readonly v_args: Given[];
  readonly v_kwargs: { readonly [name: string]: Given };
  f_get(name: string): ParameterNode;
  f_get_default(name: string, fallback?: Given): Given;
  /** Whether a parameter or a group of that name is there; `name in traj` says the same. */
  f_contains(name: string): boolean;
  f_iter_leaves(): ParameterNode[];
  f_to_dict(): { [fullName: string]: Given };
  f_get_parameters(): { [fullName: string]: Given };
  /** Adds a result: one value, or several items as a plain object or `Items`. A dictionary is a Map. */
  f_add_result(name: string, value: Value | Items | { [item: string]: Value }, comment?: string): ResultNode;
  f_add_result_as(className: string, name: string, value: Value | Items | { [item: string]: Value }, comment?: string): ResultNode;
  f_add_derived_parameter(name: string, value: Value, comment?: string): ResultNode;
  f_add_derived_parameter_as(className: string, name: string, value: Value, comment?: string): ResultNode;
  f_set_annotation(node: string, key: string, value: Plain): void;
  f_set_annotations(node: string, annotations: { [key: string]: Plain }): void;
  f_log(level: "debug" | "info" | "warning" | "error", message: string): void;
  /** Tells how far this run has come, from 0 to 1. */
  f_progress(fraction: number, message?: string): void;
  f_rng(stream?: number | bigint): Rng;
  /** The value of a parameter, or a group. */
  readonly [name: string]: Given;
}

/** What a job says of itself, as `export const manifest`. */
export interface Manifest {
  comment?: string;
  /** **Every** parameter the job reads; left out if the job does not say. */
  parameters?: {
    name: string;
    type: "boolean" | "integer" | "real" | "complex" | "text" | "bytes" | "array" | "sequence" | "table" | "dictionary" | "sparse";
    unit?: string;
    comment?: string;
    default?: Value;
    minimum?: number;
    maximum?: number;
  }[];
  results?: { name: string; unit?: string; comment?: string; dimensions?: string[] }[];
}
