// node build.mjs MODULES SOURCE WIT OUTPUT [quiet]: from the source of a job to its component. `host build` calls it.
//
// MODULES is the folder `node_modules` that holds componentize-js and esbuild.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const [modules, source, wit, output] = process.argv.slice(2);
const sdk = dirname(fileURLToPath(import.meta.url));
const of = (path) => import(pathToFileURL(join(modules, path)));

const { build } = await of("esbuild/lib/main.js");
const { componentize } = await of("@bytecodealliance/componentize-js/src/componentize.js");

const BUNDLE = "bundle.js";
const folder = dirname(resolve(source));

try {
  const { code, map } = await bundle();
  const work = mkdtempSync(join(dirname(resolve(output)), "js-"));
  try {
    const path = join(work, BUNDLE);
    writeFileSync(path, code.replace('"@the source map@"', JSON.stringify(map)));
    const made = await componentize({
      sourcePath: path,
      witPath: wit,
      worldName: "described-job",
      disableFeatures: ["http", "fetch-event"],
    });
    writeFileSync(output, made.component);
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
    alias: { "host-guest/entry": join(sdk, "src/entry.js"), "host-guest": join(sdk, "index.js") },
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
  const lines = String(error.message ?? error).split("\n").map((line) => line.trim());
  const thrown = lines.find((line) => /^(uncaught exception: )?\w*Error: /.test(line));
  return thrown ?? lines.filter((line) => line !== "").join("\n");
}
