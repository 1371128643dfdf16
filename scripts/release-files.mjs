// Makes everything that a release consists of, in release/: the package, standalone executables, bills of materials, the
// notes from the changelog, and the checksums of all that is downloaded.
//
// usage: node scripts/release-files.mjs [--tag vX.Y.Z] [TARGET…]     targets as for build-standalone.mjs; default: all
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readReleaseNotes } from "./release-notes.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "release");
const { values, positionals } = parseArgs({ options: { tag: { type: "string" } }, allowPositionals: true });
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (values.tag !== undefined && values.tag !== `v${version}`) {
  console.error(`the tag is ${values.tag}, and package.json has version ${version}: they must be one version`);
  process.exit(2);
}
const targets = positionals.length === 0 ? ["all"] : positionals;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
if (values.tag !== undefined) {
  const notes = readReleaseNotes(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  writeFileSync(join(folder, "NOTES.md"), notes);
}
// Its prepare script builds all that is packed.
run("npm", "pack", "--silent", "--pack-destination", folder);
run(process.execPath, "scripts/sbom.mjs", join(folder, `rolesanywhere-ts-${version}.cdx.json`));
rmSync(join(root, "dist/standalone"), { recursive: true, force: true });
run(process.execPath, "scripts/build-standalone.mjs", ...targets);
run(
  process.execPath,
  "scripts/sbom.mjs",
  join(folder, `rolesanywhere-ts-${version}-standalone.cdx.json`),
  "--standalone",
);
for (const file of readdirSync(join(root, "dist/standalone"))) {
  copyFileSync(join(root, "dist/standalone", file), join(folder, releaseName(file)));
}
const files = readdirSync(folder).filter((file) => file !== "NOTES.md");
const sums = files.sort().map((file) => `${digest(join(folder, file))}  ${file}\n`);
writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));

/** `rolesanywhere-ts-1.2.3-linux-x64`; this machine's own stands without its target in the build. */
function releaseName(file) {
  const [, target = `${process.platform}-${process.arch}`, ending = ""] =
    /^rolesanywhere-ts(?:-([\w-]+))?(\.exe)?$/.exec(file) ?? [];
  return `rolesanywhere-ts-${version}-${target}${ending}`;
}

function digest(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function run(command, ...words) {
  execFileSync(command, words, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}
