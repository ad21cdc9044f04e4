// Why a run failed, in one line: what was thrown, and where in the job it came from.

import { JobError } from "./values.js";

/** As many callers are told. */
const CALLERS = 3;

/**
 * What was thrown, with its causes. `map` tells where the lines of the bundle come from: runs of them,
 * as the first line, the number of the source, its line, and how many.
 */
export function describe(thrown, map) {
  if (!(thrown instanceof Error)) return `the job threw ${shown(thrown)}, which is no Error and does not say where`;
  const cause = thrown.cause instanceof Error ? `; because of ${one(thrown.cause, map)}` : "";
  return `${one(thrown, map)}${cause}`.toWellFormed();
}

function one(error, map) {
  const places = placesOf(error.stack ?? "", map);
  const where = places.length === 0 ? "" : ` (at ${places.slice(0, CALLERS + 1).join(", called from ")})`;
  return `${error instanceof JobError ? "" : `${error.name}: `}${error.message}${where}`;
}

/** A value in a few words. */
export function shown(value) {
  try {
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    if (typeof value === "object" && value !== null) {
      const plain = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
      return plain === "{}" ? String(value) : plain;
    }
    return String(value);
  } catch {
    return `a ${typeof value} that cannot be shown`;
  }
}

/** The lines of the job itself, innermost first; a repeated one once. */
function placesOf(stack, map) {
  const places = [];
  for (const line of stack.split("\n")) {
    const found = /^(.*)@(.+?):(\d+):\d+$/.exec(line);
    if (found === null || !found[2].endsWith(map.file)) continue;
    const origin = originOf(map, Number(found[3]));
    if (origin === undefined) continue;
    const name = found[1].replace(/^.*[/<]/, "");
    const place = `${origin.source}:${origin.line}${name === "" ? "" : ` in ${name}`}`;
    if (places.at(-1) !== place) places.push(place);
  }
  return places;
}

/** Where a line of the bundle comes from; nothing for what is not the job's own. */
export function originOf({ sources, lines }, line) {
  const range = lines.find(([begin, , , count]) => begin <= line && line < begin + count);
  return range === undefined ? undefined : { source: sources[range[1]], line: range[2] + line - range[0] };
}
