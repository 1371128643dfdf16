// Builds standalone executables, which do not need Node.js. docs/standalone.md says why they use Bun.
//
// usage: node scripts/build-standalone.mjs [TARGET…]     default: this machine's; `all` for every target below
//
// Bun is installed with npm, with a pinned version and checksum, into node_modules/.cache on first use.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bunVersion, checkRuntime } from "./standalone-runtime.mjs";

/** npm package with the runtime of each target, and Bun's name for the target. */
const targets = {
  "linux-x64": { package: "@oven/bun-linux-x64", target: "bun-linux-x64" },
  "linux-x64-musl": { package: "@oven/bun-linux-x64-musl", target: "bun-linux-x64-musl" },
  "linux-arm64": { package: "@oven/bun-linux-aarch64", target: "bun-linux-arm64" },
  "linux-arm64-musl": { package: "@oven/bun-linux-aarch64-musl", target: "bun-linux-arm64-musl" },
  "darwin-x64": { package: "@oven/bun-darwin-x64", target: "bun-darwin-x64" },
  "darwin-arm64": { package: "@oven/bun-darwin-aarch64", target: "bun-darwin-arm64" },
  "win32-x64": { package: "@oven/bun-windows-x64", target: "bun-windows-x64" },
  "win32-arm64": { package: "@oven/bun-windows-aarch64", target: "bun-windows-arm64" },
};

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tools = join(root, "node_modules/.cache/standalone");
const output = join(root, "dist/standalone");
const own = ownTarget();
const asked = process.argv.slice(2);
const names = asked.includes("all") ? Object.keys(targets) : asked.length === 0 ? [own] : asked;
const unknown = names.find((name) => !Object.hasOwn(targets, name));
if (unknown !== undefined) {
  console.error(`unknown target ${unknown}, expected all or some of ${Object.keys(targets).join(", ")}`);
  process.exit(2);
}

mkdirSync(output, { recursive: true });
execFileSync(process.execPath, [join(root, "build.mjs"), "--quiet", "--whole"], { cwd: root, stdio: "inherit" });
const script = join(root, "dist/whole.cjs");
const bun = fetchRuntime(own);
for (const name of names) compile(name);
rmSync(script);

function compile(name) {
  const windows = name.startsWith("win32");
  const file = join(output, name === own ? "rolesanywhere-ts" : `rolesanywhere-ts-${name}`) + (windows ? ".exe" : "");
  const partial = join(output, `.partial${windows ? ".exe" : ""}`);
  const words = ["build", "--compile", "--bytecode", "--format=cjs", "--minify-whitespace", "--external", "pkcs11js"];
  // The usual path ends before machine code pays; scripts/executable-layout.mjs sets it back for everything else.
  const lateMachineCode = "--compile-jit-policy=100";
  // Otherwise the executable would load code and variables from the current folder.
  const closed = ["--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig"];
  const where = [`--target=${targets[name].target}`, "--compile-executable-path", fetchRuntime(name)];
  execFileSync(
    bun,
    [...words, lateMachineCode, ...closed, ...(name === own ? [] : where), script, "--outfile", partial],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  renameSync(partial, file);
  chmodSync(file, 0o755);
  console.log(`${file}: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`);
}

/** Installs the runtime of a target with npm. Returns its path. */
function fetchRuntime(name) {
  const folder = join(tools, `${name}-${bunVersion}`);
  const file = name.startsWith("win32") ? "bun.exe" : "bun";
  const path = join(folder, "node_modules", targets[name].package, "bin", file);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const words = [
      "install",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--force",
      "--loglevel=error",
    ];
    execFileSync("npm", [...words, "--prefix", folder, `${targets[name].package}@${bunVersion}`], {
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
    chmodSync(path, 0o755);
  }
  checkRuntime(
    targets[name].package,
    JSON.parse(readFileSync(join(folder, "node_modules/.package-lock.json"), "utf8")),
  );
  return path;
}

function ownTarget() {
  const musl = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
  return `${process.platform}-${process.arch}${musl ? "-musl" : ""}`;
}
