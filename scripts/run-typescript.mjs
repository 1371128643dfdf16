// Runs a TypeScript script of this folder: node scripts/run-typescript.mjs scripts/docs/check.ts [words…]
//
// Node.js 20 cannot run TypeScript, so the script is bundled with the sources that it imports, without packages.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [script] = process.argv.slice(2);
// Below node_modules, so that packages are found from there.
const cache = join(root, "node_modules", ".cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "rolesanywhere-ts-"));

try {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const outfile = join(folder, "script.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: [script],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    define: { ROLESANYWHERE_TS_VERSION: JSON.stringify(version) },
    logLevel: "warning",
  });
  const { main } = await import(pathToFileURL(outfile).href);
  process.exitCode = await main(process.argv.slice(3), root);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
