// node build.mjs MODULES SOURCE WIT OUTPUT: from the source of a job to its component. `host build` calls it.
//
// MODULES is the folder `node_modules` that holds componentize-js and esbuild.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

import { originOf } from "./src/failure.js";

const [modules, source, wit, output] = process.argv.slice(2);
const sdk = dirname(fileURLToPath(import.meta.url));
const of = (path) => import(pathToFileURL(join(modules, path)));

const { build } = await of("esbuild/lib/main.js");
const { componentize } = await of("@bytecodealliance/componentize-js/src/componentize.js");

// componentize-js 0.23.0 hands 64 bits to the host as a BigInt, and then takes none that is negative: an annotation of -1
// would end the run. The same bits without a sign are the same to all who read them.
const SIGNED = [
  ["(i64ToF64F[0] = f, i64ToF64I[0])", "(i64ToF64F[0] = f, BigInt.asUintN(64, i64ToF64I[0]))"],
  ["return BigInt.asIntN(64, converted);", "return BigInt.asUintN(64, converted);"],
];
const { splicer } = await of("@bytecodealliance/componentize-js/lib/spidermonkey-embedding-splicer.js");
const { spliceBindings } = splicer;
splicer.spliceBindings = (...given) => {
  const spliced = spliceBindings(...given);
  for (const [signed, unsigned] of SIGNED) {
    if (!spliced.jsBindings.includes(signed)) throw new Error(`the bindings of componentize-js lack \`${signed}\``);
    spliced.jsBindings = spliced.jsBindings.replace(signed, unsigned);
  }
  return spliced;
};

const BUNDLE = "bundle.js";
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const folder = dirname(resolve(source));

let map;
try {
  const { code, ...made } = await bundle();
  map = made.map;
  const work = mkdtempSync(join(dirname(resolve(output)), "js-"));
  try {
    const path = join(work, BUNDLE);
    writeFileSync(path, code.replace('"@the source map@"', JSON.stringify(map)));
    const { component } = await componentize({
      sourcePath: path,
      witPath: wit,
      worldName: "described-job",
      disableFeatures: ["http", "fetch-event"],
    });
    writeFileSync(output, component);
  } finally {
    rmSync(work, { recursive: true });
  }
} catch (error) {
  // esbuild has told its own errors, with the lines.
  if (error.errors === undefined) console.error(told(error));
  process.exit(1);
}

/** The job, the SDK and all that they import in one module, and where its lines come from. */
async function bundle() {
  const entry = `import * as job from ${JSON.stringify(resolve(source))};
import { component } from "host-guest/entry";
const made = component(job, "@the source map@");
export const describe = made.describe;
export const run = made.run;
`;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: folder, sourcefile: "host-entry.js" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    mainFields: ["module", "main"],
    external: ["host:*"],
    alias: {
      "host-guest/entry": join(sdk, "src/entry.js"),
      "host-guest/wire": join(sdk, "src/wire.js"),
      "host-guest": join(sdk, "index.js"),
    },
    sourcemap: "external",
    sourcesContent: false,
    outfile: join(folder, BUNDLE),
    write: false,
    logLevel: "warning",
  });
  const text = (ending) => outputFiles.find((file) => file.path.endsWith(ending)).text;
  const { sources, mappings } = JSON.parse(text(".map"));
  // A name for what is the user's own, and nothing for what is not.
  const own = sources.map((name) => {
    const path = resolve(folder, name);
    return path.startsWith(sdk) || basename(path) === "host-entry.js" ? null : relative(folder, path);
  });
  return { code: text(".js"), map: { file: BUNDLE, sources: own, lines: linesOf(mappings, own) } };
}

/** Which lines of the bundle come from which of the user's, as `originOf` reads them. */
function linesOf(mappings, own) {
  const lines = [];
  let [source, line] = [0, 0];
  for (const [index, group] of mappings.split(";").entries()) {
    let first;
    for (const segment of group === "" ? [] : group.split(",")) {
      const [, bySource = 0, byLine = 0] = decoded(segment);
      source += bySource;
      line += byLine;
      first ??= { source, line };
    }
    if (first === undefined || own[first.source] === null) continue;
    const last = lines.at(-1);
    const follows =
      last !== undefined &&
      last[0] + last[3] === index + 1 &&
      last[1] === first.source &&
      last[2] + last[3] === first.line + 1;
    if (follows) last[3]++;
    else lines.push([index + 1, first.source, first.line + 1, 1]);
  }
  return lines;
}

/** The numbers of a segment, in the base-64 digits of variable length that source maps are written in. */
function decoded(segment) {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    value |= (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
    } else {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      [value, shift] = [0, 0];
    }
  }
  return numbers;
}

/** What went wrong, without the folders and layers of the tools. */
function told(error) {
  const said = String(error.message ?? error);
  const asked = /unknown imported function: '([^'@]+)[^']*' '([^']+)'/.exec(said);
  if (asked !== null) {
    return `the job asks for \`${asked[2]}\` of ${asked[1]} while it is loaded; random numbers and times are for \`run\``;
  }
  const thrown = /bundle\.js:(\d+):\d+ (.*)$/m.exec(said);
  if (thrown === null) return said.trim();
  const place = map === undefined ? undefined : originOf(map, Number(thrown[1]));
  return place === undefined ? thrown[2] : `${thrown[2]} (at ${place.source}:${place.line})`;
}
