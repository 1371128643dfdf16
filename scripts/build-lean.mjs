// Builds the lean executable: bytecode of the sources, in a runtime made of LLRT's crates. docs/lean.md describes it.
//
// usage: node scripts/build-lean.mjs [TARGET…]     default: this machine; targets are in lean-targets.mjs
//
// Needs cargo and cmake; CARGO_TARGET_DIR names another folder than node_modules/.cache/lean. A target that is not this machine
// needs Rust's standard library and compilers for it.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { findLinkedCrates, formatCrateLicenses } from "./lean-crates.mjs";
import { findMissing, leanTargets, linkerOf, ownTarget } from "./lean-targets.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const crate = join(root, "lean");
const target = process.env["CARGO_TARGET_DIR"] ?? join(root, "node_modules/.cache/lean");
const output = join(root, "dist/lean");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** Ends the executable; lean/src/main.rs looks for it. */
const marker = "ratslean";

/** Modules that are loaded on demand and belong to this edition. In place of all others, the full program runs. */
const included = new Set([
  "src/commands/credential-process.ts",
  "src/commands/sources/own-line.ts",
  "src/aws/http/network-error.ts",
  "src/identity/asn1/ec-curve.ts",
  "src/identity/certificate/gaps.ts",
  "src/identity/file-identity.ts",
  "src/identity/missing-source.ts",
  "src/identity/pem/missing-block.ts",
  "src/identity/pem/pkcs8-signer.ts",
  "src/identity/pem/pkcs8.ts",
  "src/identity/pem/unreadable-key.ts",
  "src/identity/unreadable-file.ts",
  "src/vending/create-session-error.ts",
]);

/** Modules that are loaded while the lock of a session is held, which must be released first. */
const underLock = new Set(["src/vending/steps.ts"]);

/** Completes "the lean edition does not …". */
const reasons = [
  [/^src\/commands\/line\/terminal/, "ask on a terminal"],
  [/^src\/commands\/line\//, "correct command lines"],
  [/^src\/commands\/program/, "show help"],
  [/^src\/commands\//, "have this command"],
  [/^src\/identity\/pkcs12\//, "read PKCS#12 files"],
  [/^src\/identity\/pkcs11\//, "use PKCS#11 tokens"],
  [/^src\/identity\/tpm\//, "use TPMs"],
  [/^src\/identity\/store\//, "use certificate stores"],
  [/^src\/identity\/spiffe\/|agent-session/, "use SPIFFE agents"],
  [/^src\/identity\/mldsa\//, "sign with ML-DSA"],
  [/^src\/identity\/pem\/(?:binary|pkcs7)/, "read binary certificates"],
  [/^src\/identity\/value-source/, "read keys from variables or descriptors"],
  [/device-session/, "use keys in devices"],
  [/^src\/vending\/steps/, "chain roles or scope sessions"],
  [/^src\/aws\/http\//, "know other roots than those of a CA bundle"],
];

/** Modules that are replaced for all that is not in src/lean itself, by what stands there in their place. */
const replaced = {
  "src/aws/http/send.ts": "send.ts",
  "src/identity/asn1/der.ts": "der.ts",
  "src/identity/pem/blocks.ts": "pem-blocks.ts",
  "src/identity/pem/repair.ts": "repair.ts",
  "src/vending/cache/vend-through-cache.ts": "vend-through-cache.ts",
  "src/vending/vend.ts": "vend.ts",
};

/** Puts the adapters of src/lean in place of Node's modules, of the exchange, and of what is not included. */
const adapters = {
  name: "adapters",
  setup(bundler) {
    const lean = (name) => ({ path: join(root, "src/lean", name) });
    bundler.onResolve({ filter: /^node:/ }, ({ path }) =>
      lean(`node/${path.slice("node:".length).replace("/", "-")}.ts`),
    );
    bundler.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, importer, kind, resolveDir }) => {
      const adapter = replaced[relative(root, join(resolveDir, path)).replace(/\.js$/, ".ts")];
      const own = relative(root, importer).startsWith("src/lean/");
      return adapter === undefined || own || kind === "dynamic-import" ? undefined : lean(adapter);
    });
    bundler.onResolve({ filter: /^\.\/main\.js$/ }, () => lean("load-rest.ts"));
    bundler.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
      const file = relative(root, join(resolveDir, path)).replace(/\.js$/, ".ts");
      return kind !== "dynamic-import" || included.has(file) ? undefined : { path: file, namespace: "absent" };
    });
    bundler.onLoad({ filter: /./, namespace: "absent" }, ({ path }) => {
      const reason = reasons.find(([pattern]) => pattern.test(path))?.[1] ?? `contain ${path}`;
      const call = underLock.has(path) ? "throw requestHandOver" : "handOver";
      return {
        contents: `import { handOver, requestHandOver } from "./src/lean/hand-over.ts"; ${call}(${JSON.stringify(reason)});`,
        resolveDir: root,
      };
    });
  },
};

const names = process.argv.length === 2 ? [ownTarget] : process.argv.slice(2);
requireTargets();
// Bytecode is the same for all of them: 64-bit, little-endian. This machine compiles it.
const compiler = buildBinary("compile", ownTarget);
const folder = mkdtempSync(join(tmpdir(), "build-lean-"));
try {
  const parts = [await compile("hit"), await compile("rest")];
  for (const name of names) writeExecutable(name, parts);
  writePapers();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Ends the script if a target is unknown or something that it needs is missing. */
function requireTargets() {
  const unknown = names.find((name) => name !== ownTarget && !Object.hasOwn(leanTargets, name));
  if (unknown !== undefined) {
    console.error(`unknown target ${unknown}, expected some of ${Object.keys(leanTargets).join(", ")}`);
    process.exit(2);
  }
  const faults = names.flatMap((name) =>
    findMissing(name).map(({ what, install }) => `build:lean for ${name} needs ${what}, which is not here: ${install}`),
  );
  if (faults.length === 0) return;
  for (const fault of new Set(faults)) console.error(fault);
  process.exit(2);
}

/** Builds a binary of the crate with the versions and checksums in lean/Cargo.lock. Returns its path. */
function buildBinary(binary, name) {
  const words = ["build", "--release", "--locked", "--quiet", "--manifest-path", join(crate, "Cargo.toml")];
  const other = name === ownTarget ? undefined : leanTargets[name];
  const env = { ...process.env, CARGO_TARGET_DIR: target, ...(other === undefined ? {} : linkerOf(other)) };
  const where = other === undefined ? [] : ["--target", other.triple];
  execFileSync("cargo", [...words, "--bin", binary, ...where], { stdio: ["ignore", "inherit", "inherit"], env });
  return join(target, other?.triple ?? "", "release", binary);
}

/** Bundles an entry and compiles it to bytecode. */
async function compile(name) {
  const script = join(folder, `${name}.js`);
  await build({
    absWorkingDir: root,
    entryPoints: [`src/lean/${name}.ts`],
    outfile: script,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    minify: true,
    legalComments: "none",
    external: ["path"],
    define: { ROLESANYWHERE_TS_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    plugins: [adapters],
  });
  const bytecode = join(folder, name);
  execFileSync(compiler, [script, bytecode], { stdio: ["ignore", "inherit", "inherit"] });
  return readFileSync(bytecode);
}

function writeExecutable(name, parts) {
  mkdirSync(output, { recursive: true });
  const table = Buffer.alloc(parts.length * 8);
  for (const [index, { length }] of parts.entries()) table.writeBigUInt64LE(BigInt(length), index * 8);
  const bytes = Buffer.concat([
    readFileSync(buildBinary("rolesanywhere-ts-lean", name)),
    ...parts,
    table,
    Buffer.from(marker),
  ]);
  const partial = join(output, ".partial");
  writeFileSync(partial, bytes);
  chmodSync(partial, 0o755);
  const file = join(output, name === ownTarget ? "rolesanywhere-ts" : `rolesanywhere-ts-${name}`);
  renameSync(partial, file);
  const [hit, rest] = parts.map(({ length }) => `${(length / 1024).toFixed(0)} KiB`);
  console.log(`${file}: ${(bytes.length / 2 ** 20).toFixed(1)} MiB, hit ${hit}, rest ${rest}`);
}

/** Writes what the crates of all targets are, and their licences. */
function writePapers() {
  const crates = findLinkedCrates(
    crate,
    names.map((name) => leanTargets[name]?.triple),
  );
  writeFileSync(join(output, "THIRD-PARTY-LICENSES.txt"), formatCrateLicenses(crates));
  const listed = crates.map(({ name, version, license }) => ({ name, version, license }));
  writeFileSync(join(output, "crates.json"), `${JSON.stringify(listed, undefined, 2)}\n`);
}
