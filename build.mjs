// Builds dist/: one executable file, a launcher beside it, its source maps, the licence notices of what it bundles, and the
// library.
//
// The executable is one CommonJS file; `scripts/executable-layout.mjs` describes its layout.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import {
  bundleReport,
  defaultPathRoots,
  groupsReached,
  libraryReport,
  standalonePathRoots,
} from "./scripts/bundle-report.mjs";
import { trimTypes } from "./scripts/trim-types.mjs";
import { findBundledPackages, formatLicenses } from "./scripts/bundled-packages.mjs";
import { layOutExecutable, layOutWhole } from "./scripts/executable-layout.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const quiet = process.argv.includes("--quiet");
/** Also writes the script for standalone executables. */
const whole = process.argv.includes("--whole");
/** The module that the entry loads on a cache miss. */
const restEntry = "src/main.ts";
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const versionDefine = { ROLESANYWHERE_TS_VERSION: JSON.stringify(manifest.version) };

/** Entry points of the library: the root, and a subpath for each part. */
const libraryEntries = {
  index: "src/index.ts",
  ...Object.fromEntries(
    readdirSync(join(root, "src/exports"))
      .sort()
      .map((file) => [basename(file, ".ts"), `src/exports/${file}`]),
  ),
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  splitting: true,
  target: "node20",
  // The SDK's CommonJS entry points cannot be tree-shaken; its ES modules can.
  mainFields: ["module", "main"],
  conditions: ["module"],
  external: ["pkcs11js"],
  // Paths are part of the output. Relative paths make it independent of the folder and its node_modules.
  preserveSymlinks: true,
  metafile: true,
  write: false,
  sourcemap: "external",
  legalComments: "none",
  logLevel: "warning",
};

/** The script of a thread as one text: see src/readers/workers/thread-code.ts. */
async function buildThread(script) {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: [script],
    outdir: "out",
    format: "cjs",
    splitting: false,
    minify: true,
    sourcemap: false,
    define: versionDefine,
  });
  return { code: JSON.stringify(outputFiles[0].text), metafile };
}

async function buildExecutable() {
  const define = { "import.meta.url": "__moduleUrl", ...versionDefine };
  const rest = await build({
    ...shared,
    entryPoints: { main: restEntry },
    outdir: "out",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    define: { ...define, READER_THREAD_CODE: thread.code, ENCODER_THREAD_CODE: encoderThread.code },
  });
  const groups = new Map(
    rest.outputFiles.filter(({ path }) => path.endsWith(".js")).map(({ path, text }) => [`./${basename(path)}`, text]),
  );
  const usualNames = groupsReached(rest.metafile, defaultPathRoots);
  mkdirSync(join(dist, "maps"), { recursive: true });
  const writeMap = (name, map) => writeFileSync(join(dist, "maps", `${name}.map`), map);
  const others = new Map();
  for (const [name, text] of groups) {
    if (usualNames.has(name)) continue;
    const { code, map } = await transform(text, {
      format: "cjs",
      minify: true,
      target: "node20",
      // Makes import() a require of the embedded group instead of a look-up in the file system.
      supported: { "dynamic-import": false },
      sourcefile: basename(name),
      sourcemap: "external",
      lineLimit: 400,
    });
    others.set(name, code.replace(/^"use strict";/, ""));
    writeMap(basename(name), map);
  }
  const usual = await mergeUsual(groups, usualNames, rest.metafile);
  writeMap("usual.js", usual.map);
  const entry = await buildEntry(restGroup(rest.metafile), define);
  const metafile = mergeMetafiles(entry.metafile, rest.metafile);
  const { text, entryLine, launcher } = layOutExecutable({ entry: entry.code, usual, others });
  const executable = join(dist, "rolesanywhere-ts.cjs");
  mkdirSync(join(dist, "bin"), { recursive: true });
  for (const [file, content] of [
    [executable, text],
    [join(dist, "bin", "rolesanywhere-ts.cjs"), launcher],
  ]) {
    writeFileSync(file, content);
    chmodSync(file, 0o755);
  }
  writeFileSync(`${executable}.map`, shiftMap(entry.map, entryLine));
  if (whole) await writeWhole(entry.code, groups, others, rest.metafile);
  writeFileSync(join(dist, "metafile.json"), JSON.stringify(metafile));
  const entryInputs = Object.values(entry.metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return {
    metafile,
    parts: {
      entryModules: entryInputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path),
      entryBytes: entry.code.length,
      usualBytes: usual.code.length,
    },
  };
}

/** Writes the script for standalone executables, whose usual path has groups of its own. */
async function writeWhole(entry, groups, others, metafile) {
  const names = groupsReached(metafile, standalonePathRoots);
  const usual = await mergeUsual(groups, names, metafile);
  const rest = new Map([...others].filter(([name]) => !names.has(name)));
  writeFileSync(join(dist, "whole.cjs"), layOutWhole({ entry, usual, others: rest }));
}

/**
 * The usual groups in one scope: they need no imports of each other, and each still runs on first use. The value of the
 * code is a list of functions, one for each group that others load.
 */
async function mergeUsual(groups, names, { outputs }) {
  const asked = new Set([restGroup({ outputs })]);
  for (const [file, { imports }] of Object.entries(outputs)) {
    if (names.has(`./${basename(file)}`)) continue;
    for (const { path, external } of imports) if (external !== true) asked.add(`./${basename(path)}`);
  }
  const exposed = [...names].filter((name) => asked.has(name));
  const members = exposed.map((name) => `() => require(${JSON.stringify(name)})`);
  const { outputFiles } = await build({
    ...shared,
    stdin: { contents: `module.exports = [${members.join(", ")}];`, sourcefile: "usual.js", loader: "js" },
    outfile: "out/usual.js",
    format: "cjs",
    splitting: false,
    metafile: false,
    minify: true,
    supported: { "dynamic-import": false },
    lineLimit: 400,
    plugins: [
      {
        name: "usual-groups",
        setup(bundler) {
          bundler.onResolve({ filter: /^\.\// }, ({ path }) =>
            names.has(path) ? { path, namespace: "group" } : { path, external: true },
          );
          bundler.onLoad({ filter: /./, namespace: "group" }, ({ path }) => ({ contents: groups.get(path) }));
        },
      },
    ],
  });
  const text = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
  return { names: exposed, code: text(".js").replace(/^"use strict";/, ""), map: text(".map") };
}

/**
 * The code of a cache hit, as a separate bundle: it shares no group with the rest, so it contains only code that it runs.
 * Modules in both bundles keep no state.
 */
async function buildEntry(restGroup, define) {
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: { cli: "src/cli.ts" },
    outdir: "out",
    define,
    // An older Node.js has to read it, to say that it is too old.
    target: "node10",
    format: "cjs",
    splitting: false,
    minify: true,
    supported: { "dynamic-import": false },
    lineLimit: 400,
    plugins: [
      {
        name: "rest-of-the-program",
        setup(bundler) {
          bundler.onResolve({ filter: /^\.\/main\.js$/ }, () => ({ path: restGroup, external: true }));
        },
      },
    ],
  });
  const text = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
  return { code: text(".js").replace(/^"use strict";/, ""), map: text(".map"), metafile };
}

/** The group with the entry point of the rest. */
function restGroup({ outputs }) {
  return `./${basename(Object.keys(outputs).find((file) => outputs[file].entryPoint === restEntry))}`;
}

function mergeMetafiles(...metafiles) {
  const members = (name) => Object.assign({}, ...metafiles.map((metafile) => metafile[name]));
  return { inputs: members("inputs"), outputs: members("outputs") };
}

/** Moves every mapping of a source map down by whole lines. */
function shiftMap(map, lines) {
  const parsed = JSON.parse(map);
  return JSON.stringify({ ...parsed, mappings: ";".repeat(lines) + parsed.mappings });
}

/**
 * Parts of the AWS SDK that its clients import but the library never runs: it always passes credentials, and does not run
 * in a browser.
 */
const absentFromLibrary = {
  name: "absent-from-library",
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:@aws-sdk\/credential-provider-node|bowser)$/ }, ({ path }) => ({
      path,
      namespace: "absent",
    }));
    bundler.onLoad({ filter: /./, namespace: "absent" }, ({ path }) => ({
      contents: `const absent = () => { throw new Error(${JSON.stringify(`${path} is not part of this package`)}); };
export { absent as defaultProvider, absent as default };`,
    }));
    // The SDK's warnings about Node.js versions are for users who choose the version of the SDK.
    bundler.onLoad({ filter: /emitWarningIfUnsupportedVersion\.js$/ }, () => ({
      contents:
        "export const state = { warningEmitted: true }; export const emitWarningIfUnsupportedVersion = () => {};",
    }));
  },
};

const libraryBanner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** The same modules for `require`, file by file, so that each part is still loaded on its first call. */
async function writeCommonJs(files) {
  const folder = join(dist, "lib/cjs");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  for (const file of files) {
    const source = readFileSync(join(root, file), "utf8").replace(libraryBanner, "");
    const { code } = await transform(source, {
      format: "cjs",
      platform: "node",
      target: shared.target,
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: "none",
      // Jest runs CommonJS without import().
      supported: { "dynamic-import": false },
      define: { "import.meta.url": "__moduleUrl" },
      banner: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;',
    });
    writeFileSync(join(folder, basename(file)), code);
  }
}

async function buildLibrary() {
  const result = await build({
    ...shared,
    plugins: [absentFromLibrary],
    entryPoints: libraryEntries,
    outdir: "dist/lib",
    write: true,
    sourcemap: false,
    chunkNames: "[name]-[hash]",
    define: { ...versionDefine, READER_THREAD_CODE: thread.code },
    // CommonJS packages inside an ES module bundle look for a global require.
    banner: { js: libraryBanner },
  });
  await writeCommonJs(Object.keys(result.metafile.outputs));
  if (!process.argv.includes("--no-types")) writeTypes();
  writeFileSync(join(dist, "metafile-library.json"), JSON.stringify(result.metafile));
  return result.metafile;
}

function writeTypes() {
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  const { packages } = trimTypes(
    join(dist, "lib/types"),
    Object.values(libraryEntries).map((entry) => entry.replace(/^src\/(.*)\.ts$/, "$1.d.ts")),
  );
  cpSync(join(dist, "lib/types"), join(dist, "lib/cjs/types"), { recursive: true });
  const foreign = packages.filter((name) => !name.startsWith("node:"));
  if (foreign.length > 0)
    throw new Error(`the types of the library need packages that it does not install: ${foreign.join(", ")}`);
}

function writeManualPage() {
  const words = ["scripts/run-typescript.mjs", "scripts/manual-page.ts", join(dist, "rolesanywhere-ts.1")];
  execFileSync(process.execPath, words, { cwd: root, stdio: "inherit" });
}

for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
  if (!["lean", "site", "standalone"].includes(entry)) rmSync(join(dist, entry), { recursive: true, force: true });
}
mkdirSync(dist, { recursive: true });
const thread = await buildThread("src/readers/workers/thread.ts");
/** Only the executable encodes rows. */
const encoderThread = await buildThread("src/readers/rows/threads/thread.ts");
const { metafile, parts } = await buildExecutable();
const libraryMetafile = await buildLibrary();
writeFileSync(
  join(dist, "THIRD-PARTY-LICENSES.txt"),
  formatLicenses(findBundledPackages([metafile, libraryMetafile, thread.metafile, encoderThread.metafile], root), root),
);
if (!process.argv.includes("--no-types")) writeManualPage();
bundleReport(metafile, join(dist, "rolesanywhere-ts.cjs"), parts, { quiet });
libraryReport(libraryMetafile, { quiet });
