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
  return { code: text(".js"), map: { file: BUNDLE, sources: own, mappings } };
}

/** What went wrong, without the folders and layers of the tools. */
function told(error) {
  const said = String(error.message ?? error);
  const thrown = /bundle\.js:(\d+):(\d+) (.*)$/m.exec(said);
  if (thrown === null) return said.trim();
  const place = map === undefined ? undefined : originOf(map, Number(thrown[1]), Number(thrown[2]) - 1);
  return place === undefined ? thrown[3] : `${thrown[3]} (at ${place.source}:${place.line})`;
}
