// The run as its job sees it, by natural naming as in pypet.
import * as host from "host:exploration/single-run@0.1.0";

import { Rng } from "./rng.js";
import { Items } from "./values.js";
import { isPlainObject, ofValue, text, toPlain, toValue } from "./wire.js";

/** pypet's abbreviations of the branches. */
const BRANCHES = {
  par: "parameters",
  param: "parameters",
  dpar: "derived_parameters",
  dparam: "derived_parameters",
  conf: "config",
  res: "results",
};

/** What the host refused; `kind` is the word of the contract, such as "not-found". */
export class HostError extends Error {
  constructor(kind, message) {
    super(message);
    this.name = "HostError";
    this.kind = kind;
  }
}

/** A parameter of this run, as `f_get` gives it: its value and what is known of it. */
class ParameterNode {
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
}

/** A result or derived parameter that this run has added. */
class ResultNode {
  constructor(name, comment) {
    this.v_name = name;
    this.v_comment = comment;
  }

  f_set_annotations(annotations) {
    for (const [key, value] of Object.entries(annotations)) annotate(this.v_name, key, value);
  }
}

/** The parameters that there are, asked for once, to tell groups and to say what is known of a node. */
class Names {
  #infos;
  #derived = new Map();

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
    if (full !== undefined) return new ParameterNode(full, value, this.infos.get(full));
    const derived = name.startsWith("derived_parameters.") ? name : `derived_parameters.${name}`;
    return new ParameterNode(derived, value, { comment: this.#derived.get(derived) });
  }
}

function leadsTo(wanted, groups) {
  let at = 0;
  for (const group of groups) if (group === wanted[at]) at++;
  return at === wanted.length;
}

/** What a group of parameters offers, the run itself included. Properties of other names are those of parameters. */
class Group {
  constructor(names, path) {
    this.names = names;
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
      if (error.payload !== undefined && this.names.isGroup(full)) return natural(new Group(this.names, full));
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
      if (error.payload !== undefined && this.names.isGroup(full)) return natural(new Group(this.names, full));
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
    const names = this.path === "" ? [...this.names.infos.keys()] : this.names.below(this.path);
    return names.map((name) => this.names.node(name, ofValue(host.fGet(name))));
  }

  /** The values of all parameters below this group, by their full names. */
  f_to_dict() {
    return Object.fromEntries(this.f_iter_leaves().map((node) => [node.v_full_name, node.f_get()]));
  }
}

/** The run: one point of the exploration, and the place where its results go. */
class SingleRun extends Group {
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
    return this.f_add_result_as(undefined, name, value, comment);
  }

  f_add_result_as(className, name, value, comment = "") {
    const items = itemsOf(text(name, "the name of a result"), value);
    attempt(name, () => {
      if (className === undefined) host.fAddResult(name, items, text(comment, "a comment"));
      else host.fAddResultAs(text(className, "the name of a class"), name, items, text(comment, "a comment"));
    });
    return new ResultNode(name, comment);
  }

  f_add_derived_parameter(name, value, comment = "") {
    return this.f_add_derived_parameter_as(undefined, name, value, comment);
  }

  f_add_derived_parameter_as(className, name, value, comment = "") {
    const converted = named(text(name, "the name of a derived parameter"), toValue, value);
    attempt(name, () => {
      if (className === undefined) host.fAddDerivedParameter(name, converted, text(comment, "a comment"));
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
}

/** The run that `args` and `kwargs` belong to, with natural naming. */
export function singleRun(args, kwargs) {
  return natural(new SingleRun(args, kwargs));
}

/** Names that nobody has given a parameter, which the language itself asks for. */
const OF_THE_LANGUAGE = new Set(["then", "toJSON", "constructor", "valueOf", "toString", "inspect", "nodeType"]);

function natural(group) {
  return new Proxy(group, {
    get(target, name) {
      if (typeof name === "symbol") {
        return name === Symbol.toPrimitive ? () => (target.path === "" ? target.v_name : target.path) : undefined;
      }
      if (name.startsWith("f_") || name.startsWith("v_")) {
        const member = name === "f_find" ? undefined : target[name];
        if (member !== undefined) return typeof member === "function" ? member.bind(target) : member;
        // A parameter may be called `v_th`; what nothing is called was meant as a function or property.
        if (!target.f_contains(name)) throw new TypeError(`a run has no \`${name}\`, and no parameter is called so`);
      }
      if (OF_THE_LANGUAGE.has(name) && !target.f_contains(name)) {
        return name === "toString" ? () => (target.path === "" ? target.v_name : target.path) : undefined;
      }
      return target.f_find(name);
    },
    set(_, name) {
      throw new TypeError(`a run keeps nothing as a property: traj.f_add_result("${String(name)}", …) adds a result`);
    },
    has(target, name) {
      return typeof name === "string" && target.f_contains(name);
    },
    ownKeys() {
      return [];
    },
    getOwnPropertyDescriptor() {
      return undefined;
    },
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
    if (error.payload === undefined) throw error;
    const { tag, val } = error.payload;
    const told = {
      "illegal-name": `\`${name}\` cannot be a name: ${val}`,
      "already-exists": `this run has added \`${val}\` before`,
      "invalid-value": `the value of \`${name}\` contradicts itself: ${val}`,
      "limit-exceeded": `\`${name}\` exceeds a limit: ${val}`,
      "not-found": `this run has added nothing called \`${val}\` to annotate`,
      "unknown-class": `\`${name}\` cannot be stored: ${val}`,
    };
    throw new HostError(tag, told[tag] ?? val);
  }
}

function refusedAccess(name, error) {
  if (error.payload === undefined) return error;
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
