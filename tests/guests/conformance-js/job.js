// Every function and every value of the contract, once: the job of `../conformance`, in JavaScript.
import * as host from "host:exploration/single-run@0.1.0";

import { Items, Sparse, array, integer } from "host-guest";
import { ofValue, toValue } from "host-guest/wire";

import { PARTS, values } from "./parts.js";

export const manifest = {
  comment: "Every function and every value of the contract: ä 漢 🦀",
  // Nothing of parameters: a test may give whatever it wants to see echoed.
  results: [
    { name: "plain.real", unit: "m s-1", comment: "a real number" },
    { name: "arrays.float64", unit: "V", comment: "an array", dimensions: ["row", "column"] },
  ],
};

export function run(traj) {
  const part = traj.f_get_default("part", "everything");
  if (part === "everything") everything(traj);
  else if (Object.hasOwn(PARTS, part)) PARTS[part](traj);
  else throw new Error(`there is no part \`${part}\``);
}

function everything(traj) {
  echoParameters(traj);
  for (const [position, value] of traj.v_args.entries()) traj.f_add_result(`args.arg_${position}`, exact(value));
  for (const [name, value] of Object.entries(traj.v_kwargs)) traj.f_add_result(`kwargs.${name}`, exact(value));
  properties(traj);
  for (const [name, value] of values()) traj.f_add_result(name, value);
  severalItems(traj);
  derivedParametersAndAnnotations(traj);
  access(traj);
  logsAndProgress(traj);
}

/** Numbers that came as integers go as integers; of the parameters and arguments here, those are the whole ones. */
function exact(value) {
  if (typeof value === "number" && Number.isInteger(value)) return integer(value);
  if (Array.isArray(value) && value.every(Number.isInteger)) return value.map(integer);
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, exact(part)]));
  return value;
}

function echoParameters(traj) {
  const known = [];
  for (const node of traj.f_iter_leaves()) {
    const short = node.v_full_name.replace(/^parameters\./, "");
    traj.f_add_result(`echo.${short}`, exact(node.f_get()), node.v_comment);
    known.push(`${node.v_full_name}|${node.v_unit}|${node.v_explored}|${node.v_comment}`);
  }
  traj.f_add_result("parameters_seen", known);
}

function properties(traj) {
  const rng = traj.f_rng();
  traj.f_add_result("properties", {
    idx: integer(traj.v_idx),
    length: integer(traj.v_length),
    name: traj.v_name,
    seed: array(BigUint64Array.of(traj.v_seed), { shape: [] }),
    trajectory_name: traj.v_trajectory_name,
    random: Float64Array.of(rng.uniform(), rng.uniform()),
  });
}

function severalItems(traj) {
  const items = { times: Float64Array.of(0.1, 0.2), count: 2n, "place.row": 7n };
  traj.f_add_result("items.named", items, "Drei Posten: Zeiten, Anzahl, Ort");
  traj.f_add_result(
    "items.mixed_with_sparse",
    {
      z: 1.5,
      a: Sparse.coo([1, 2], Int32Array.of(7), [0], [1]),
      "deep.matrix": Sparse.csr([1, 1], [0.25], [0], [0, 1]),
      "deep.words": ["ä", "b"],
    },
    "matrices beside other values",
  );
  traj.f_add_result("items.numbered", new Items([["", 1n], ["", 2n], ["", 3n]]), "named after the result");
}

function derivedParametersAndAnnotations(traj) {
  traj.f_add_derived_parameter("derived.doubled", integer(2 * traj.v_idx), "twice the index");
  traj.f_add_derived_parameter("derived.opaque", Uint8Array.of(0, 128, 4, 46), "what a job alone understands");
  traj.f_add_derived_parameter("derived.sparse", Sparse.csr([1, 1], [0.5], [0], [0, 1]));
  const seen = array([[0.0]]);
  for (const [row, column, value] of traj.derived.sparse.entries()) seen.set([row, column], value);
  traj.f_add_result("derived_sparse_seen", seen);
  traj.f_add_result("derived_seen", integer(traj.f_get("derived.doubled").f_get()));
  traj.f_set_annotation("plain.real", "replaced", "before");
  traj.f_set_annotations("plain.real", { replaced: "after ä", list: [1n, 2n] });
  traj.f_set_annotation("derived.doubled", "factor", 2n);
}

function access(traj) {
  traj.f_add_result("access.raw_default", ofValue(host.fGetDefault("there.is_no.such_parameter", toValue("a default ä"))));
  traj.f_add_result("access.typed_default", traj.f_get_default("there.is_no.such_parameter", 4.5));
  const there = [traj.f_contains("there.is_no.such_parameter"), "derived.doubled" in traj];
  traj.f_add_result("access.contains", array(there));
}

function logsAndProgress(traj) {
  console.debug("a debug line");
  console.log("an info line: ä 漢 🦀");
  console.warn("a warning line");
  traj.f_log("error", "an error line\nwith a second line");
  traj.f_log("info", "");
  for (let step = 0; step <= 4; step++) traj.f_progress(step / 4, `step ${step} of 4`);
}
