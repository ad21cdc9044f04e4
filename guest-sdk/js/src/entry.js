// The way into a job: what the world `described-job` asks for, made of the job's module.
import * as host from "host:exploration/single-run@0.1.0";

import { describe as describeFailure, shown } from "./failure.js";
import { Rng } from "./rng.js";
import { singleRun } from "./single_run.js";
import { ofValue, toManifest } from "./wire.js";

/** `Math.random` draws from the last of all streams, so that `f_rng` is independent of it. */
const STREAM_OF_MATH = 2n ** 64n - 1n;

/** The functions `describe` and `run` of a component, for the job in `module`. `map` is the source map of the bundle. */
export function component(module, map) {
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
        const named = Object.fromEntries(kwargs.map(({ name, value }) => [name, ofValue(value)]));
        const values = args.map(ofValue);
        const more = kwargs.length > 0 ? [named] : [];
        refuseReturned(module.run(singleRun(values, named), ...values, ...more));
      } catch (thrown) {
        throw describeFailure(thrown, map);
      }
    },
  };
}

/** The memory of a component holds a state of `Math.random` that would be the same in every run. */
function seedMath() {
  let rng;
  Math.random = () => {
    rng ??= new Rng(host.vSeed(), STREAM_OF_MATH);
    return rng.uniform();
  };
}

function refuseReturned(returned) {
  if (typeof returned?.then === "function") {
    returned.then(undefined, () => {});
    throw new TypeError("`run` has returned a promise, and nothing waits for it; a job does its work before it returns");
  }
  if (returned !== undefined) {
    host.log("warning", `\`run\` has returned ${shown(returned).slice(0, 80)}, which nobody keeps; \`traj.f_add_result\` adds results`.toWellFormed());
  }
}

/** What would trap, or never be called, says so instead. */
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
      const words = values.map((value) => (typeof value === "string" ? value : shown(value)));
      host.log(level, words.join(" ").toWellFormed());
    };
  }
  console.assert = (condition, ...values) => {
    if (!condition) console.error("Assertion failed:", ...values);
  };
}
