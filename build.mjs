// Builds dist/: one executable file, its source maps, the licence notices of what it bundles, and the library.
//
// The executable is one CommonJS file. What every run needs stands in it as plain text; every other module group is a
// deflated string that is inflated and compiled when first required. V8 scans all the text it is given, so text that
// does not run would cost start-up time; a string literal costs next to nothing.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { build, transform } from "esbuild";
import { bundleReport } from "./scripts/bundle-report.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const quiet = process.argv.includes("--quiet");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

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
  metafile: true,
  write: false,
  sourcemap: "external",
  legalComments: "none",
  logLevel: "warning",
};

async function buildExecutable() {
  const result = await build({
    ...shared,
    entryPoints: { cli: "src/cli.ts" },
    outdir: "out",
    chunkNames: "[name]-[hash]",
    define: { "import.meta.url": "__moduleUrl", ROLESANYWHERE_TS_VERSION: JSON.stringify(manifest.version) },
  });
  const groups = new Map();
  for (const file of result.outputFiles.filter(({ path }) => path.endsWith(".js"))) {
    const name = `./${basename(file.path)}`;
    const converted = await transform(file.text, {
      format: "cjs",
      minify: true,
      target: "node20",
      // Makes import() a require of the embedded group instead of a look-up in the file system.
      supported: { "dynamic-import": false },
      sourcefile: basename(file.path),
      sourcemap: "external",
      lineLimit: 400,
    });
    groups.set(name, converted);
  }
  const entry = groups.get("./cli.js");
  groups.delete("./cli.js");
  mkdirSync(join(dist, "maps"), { recursive: true });
  const embedded = {};
  for (const [name, { code, map }] of groups) {
    embedded[name] = deflateRawSync(code, { level: 9 }).toString("base64");
    writeFileSync(join(dist, "maps", `${basename(name)}.map`), map);
  }
  const text = [
    "#!/usr/bin/env node",
    '"use strict";',
    `var __groups=${JSON.stringify(embedded)};`,
    loader,
    entry.code.replace(/^"use strict";/, ""),
    "//# sourceMappingURL=rolesanywhere-ts.cjs.map",
    "",
  ].join("\n");
  const executable = join(dist, "rolesanywhere-ts.cjs");
  writeFileSync(executable, text);
  chmodSync(executable, 0o755);
  writeFileSync(
    `${executable}.map`,
    shiftMap(
      entry.map,
      text.slice(0, text.indexOf(entry.code.replace(/^"use strict";/, "").slice(0, 60))).split("\n").length - 1,
    ),
  );
  writeFileSync(join(dist, "metafile.json"), JSON.stringify(result.metafile));
  return result.metafile;
}

// Inflates and compiles a module group when it is first required. `__moduleUrl` stands in for import.meta.url.
const loader = `var __loaded=Object.create(null),__outer=require,__moduleUrl=require("url").pathToFileURL(__filename).href;
require=function(id){var text=__groups[id];if(text===undefined)return __outer(id);if(__loaded[id])return __loaded[id].exports;
var m=__loaded[id]={exports:{}},code=__outer("zlib").inflateRawSync(Buffer.from(text,"base64")).toString("utf8");
__outer("vm").compileFunction(code,["exports","require","module","__moduleUrl","__filename","__dirname"],{filename:__filename+"/"+id.slice(2)})(m.exports,require,m,__moduleUrl,__filename,__dirname);
return m.exports};`;

/** Moves every mapping of a source map down by whole lines. */
function shiftMap(map, lines) {
  const parsed = JSON.parse(map);
  return JSON.stringify({ ...parsed, mappings: ";".repeat(lines) + parsed.mappings });
}

/** Names every bundled package with its licence text, as their licences ask. */
function writeNotices(metafile) {
  const folders = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(input);
    if (match !== null) folders.add(match[0]);
  }
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text =
      file === undefined
        ? "(the package ships no licence file)"
        : readFileSync(join(root, folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
}

async function buildLibrary() {
  const result = await build({
    ...shared,
    entryPoints: { index: "src/index.ts" },
    outdir: "dist/lib",
    write: true,
    sourcemap: true,
    chunkNames: "[name]-[hash]",
    define: { ROLESANYWHERE_TS_VERSION: JSON.stringify(manifest.version) },
    // CommonJS packages inside an ES module bundle look for a global require.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  if (!process.argv.includes("--no-types")) {
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
      cwd: root,
      stdio: "inherit",
    });
  }
  return result.metafile;
}

for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
  if (entry !== "standalone") rmSync(join(dist, entry), { recursive: true, force: true });
}
mkdirSync(dist, { recursive: true });
const metafile = await buildExecutable();
writeNotices(metafile);
if (existsSync(join(root, "src/index.ts"))) await buildLibrary();
bundleReport(metafile, join(dist, "rolesanywhere-ts.cjs"), { quiet });
