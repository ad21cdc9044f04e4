// Runs the JavaScript of the parameter `script`, in which `traj` is the run: what a test wants done stands in the test.
// What is wanted at a line of a file is a function here. It is TypeScript, so that lines have to be found again.
import * as guest from "host-guest";
import type { SingleRun } from "host-guest";

import { fails } from "./nested/helper.js";

interface Names {
  [name: string]: unknown;
}

const names: Names = { guest, ...guest, fails, outer, wrapped, endless };

export function run(traj: SingleRun, ...given: unknown[]): unknown {
  const script = new Function("traj", "given", ...Object.keys(names), traj.script as string);
  return script(traj, given, ...Object.values(names));
}

enum Word {
  Rate = "rate",
}

function outer(x: number | undefined): number {
  return inner(x);
}

function inner(x: number | undefined): number {
  if (x === undefined) throw new RangeError(`no ${Word.Rate} of undefined`);
  return 1 / x;
}

function wrapped(): void {
  try {
    inner(undefined);
  } catch (cause) {
    throw new Error("no model", { cause });
  }
}

function endless(depth: number): number {
  return endless(depth + 1) + 1;
}
