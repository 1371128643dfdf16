// Prints what a user installs. Fails when the package contains unneeded files, or imports missing packages.
//
// Everything is bundled, so the package has no dependency except the optional native module for PKCS#11 tokens. Run it
// after a build.
//
// usage: node scripts/package-report.mjs [--record]
//
// It also fails when the package is more than 2 % larger than scripts/package-size.json says. `--record` writes the present
// size there, for a commit that says what made the package grow.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPackageGrowth } from "./package-growth.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const words = ["pack", "--dry-run", "--json", "--ignore-scripts", "--silent"];
const [packed] = JSON.parse(execFileSync(npm, words, { cwd: root, encoding: "utf8", shell: npm.endsWith(".cmd") }));

/** Files that only builders of the package need. */
const forBuilders = /\.map$|metafile|tsbuildinfo|\.test\.|^(?:src|test|scripts|bench)\//;

/** Packages that a bundled one tries to load but does not need: `kerberos` for proxies that negotiate. */
const tried = ["kerberos"];

const record = join(root, "scripts/package-size.json");
const size = { download: packed.size, installed: packed.unpackedSize };
if (process.argv.includes("--record")) writeFileSync(record, `${JSON.stringify(size, undefined, 2)}\n`);

const faults = packed.files.filter(({ path }) => forBuilders.test(path)).map(({ path }) => `${path} is for builders`);
const dependencies = Object.keys(manifest.dependencies ?? {});
const optional = Object.keys(manifest.optionalDependencies ?? {});
for (const name of dependencies) faults.push(`${name} is a dependency, and bundled`);
for (const name of foreignImports()) {
  if (!optional.includes(name) && !tried.includes(name))
    faults.push(`${name} is imported, and neither bundled nor installed`);
}

const mebibytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
console.log(
  `package: ${mebibytes(packed.size)} to download, ${mebibytes(packed.unpackedSize)} installed in ${packed.entryCount} files; ` +
    `${dependencies.length} dependencies, ${optional.length} optional (${optional.join(", ")})`,
);
for (const [part, bytes] of sizeByPart()) console.log(`  ${String(Math.ceil(bytes / 1024)).padStart(6)} KiB  ${part}`);
faults.push(...findPackageGrowth(size, JSON.parse(readFileSync(record, "utf8"))));
if (faults.length > 0) {
  console.error(`the package has faults:\n  ${faults.join("\n  ")}`);
  process.exit(1);
}

/** Finds packages that the library's files import, from the bundler's metadata. */
function foreignImports() {
  const { outputs } = JSON.parse(readFileSync(join(root, "dist/metafile-library.json"), "utf8"));
  const external = Object.values(outputs).flatMap(({ imports }) => imports.filter((entry) => entry.external === true));
  const names = new Set(external.map(({ path }) => path.replace(/^node:/, "").split("/")[0]));
  return [...names].filter((name) => !builtinModules.includes(name));
}

function sizeByPart() {
  const sizes = new Map();
  for (const { path, size } of packed.files) {
    const part = /^(?:dist\/lib\/types|dist\/lib\/cjs|dist\/lib|docs|examples)\//.exec(path)?.[0] ?? path;
    sizes.set(part, (sizes.get(part) ?? 0) + size);
  }
  return [...sizes].sort(([, one], [, other]) => other - one);
}
