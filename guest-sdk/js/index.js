/**
 * Write jobs for `host` in JavaScript. A job is a module with a function that simulates one point of a parameter
 * exploration:
 *
 *     export function run(traj) {
 *       traj.f_add_result("z", traj.x * traj.y, "the product");
 *     }
 *
 * This module holds the values that JavaScript has no type for. It adds words to the contract in `wit/` and keeps nothing
 * from the host: checks of names, shapes and limits happen there.
 */
export { Rng } from "./src/rng.js";
export { Complex, Integer, Items, JobError, NdArray, Sparse, Table, Tuple, array, integer, tuple } from "./src/values.js";
