// Builds all release files in release/: the npm package, the executable for Node.js, standalone executables, lean ones, .deb and .rpm, the GitHub Action, an OCI image of each edition, manifests for package managers, bills of
// materials, release notes, checksums and the provenance statement.
//
// usage: node scripts/release-files.mjs [--tag vX.Y.Z] [--repository OWNER/NAME] [TARGET…]
//
// Targets are those of build-standalone.mjs; default: all. Files that need a missing program or repository are skipped and
// listed; with a tag this is an error.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findMissing, leanTargets, ownTarget } from "./lean-targets.mjs";
import { parseProject, readProject } from "./project.mjs";
import { readReleaseNotes } from "./release-notes.mjs";
import { makeAction } from "./release/action.mjs";
import { makeImages } from "./release/images.mjs";
import { makeLinuxPackages } from "./release/linux-packages.mjs";
import { makeManifests } from "./release/manifests.mjs";
import { packPackage } from "./release/package.mjs";
import { has, linuxArchitectures, root, run, sha256, version } from "./release/paths.mjs";
import { provenanceStatement } from "./release/provenance.mjs";

const folder = join(root, "release");
const { values, positionals } = parseArgs({
  options: { tag: { type: "string" }, repository: { type: "string" } },
  allowPositionals: true,
});
if (values.tag !== undefined && values.tag !== `v${version}`) {
  console.error(`the tag is ${values.tag}, and package.json has version ${version}: they must be one version`);
  process.exit(2);
}
const written = readProject(root);
const project =
  values.repository === undefined
    ? written
    : parseProject({ repository: values.repository, securityContact: written.securityContact ?? "" });
const targets = positionals.length === 0 ? ["all"] : positionals;
const leftOut = [];

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
if (values.tag !== undefined) {
  const notes = readReleaseNotes(readFileSync(join(root, "CHANGELOG.md"), "utf8"), version);
  writeFileSync(join(folder, "NOTES.md"), notes);
}
// Builds all of dist/; the npm package is packed from it.
rmSync(join(root, "dist/standalone"), { recursive: true, force: true });
run(process.execPath, ["scripts/build-standalone.mjs", ...targets]);
packPackage(root, folder);
copyFileSync(join(root, "dist/rolesanywhere-ts.cjs"), join(folder, `rolesanywhere-ts-${version}.cjs`));
makeAction(folder);
run(process.execPath, ["scripts/sbom.mjs", join(folder, `rolesanywhere-ts-${version}.cdx.json`)]);
const bill = join(folder, `rolesanywhere-ts-${version}-standalone.cdx.json`);
run(process.execPath, ["scripts/sbom.mjs", bill, "--standalone"]);
for (const file of readdirSync(join(root, "dist/standalone"))) {
  copyFileSync(join(root, "dist/standalone", file), join(folder, releaseName(file)));
}

// Experimental: a release may lack them.
makeLean(
  [...new Set([ownTarget, ...Object.keys(leanTargets)])].filter((target) => {
    if (!targets.includes("all") && !targets.includes(target)) return false;
    const missing = findMissing(target).map(({ what }) => what);
    if (missing.length > 0)
      console.error(`left out: the lean file for ${target}: there is no ${missing.join(" and no ")} here`);
    return missing.length === 0;
  }),
);

const linux = Object.keys(linuxArchitectures).filter((processor) => existsSync(standalone(`linux-${processor}`)));
makeWhen(".deb and .rpm", ["nfpm"], () => {
  for (const processor of linux) makeLinuxPackages(standalone(`linux-${processor}`), processor, folder, project);
});
makeWhen("the images", ["apt-get", "dpkg-deb"], () => makeImages(folder, project));
if (project.repository === undefined)
  leftOut.push("what package managers want, and the statement: project.json names no repository");
else if (targets.includes("all")) makeManifests(folder, project);
else leftOut.push("what package managers want: it takes the files of all targets");

const sums = new Map(
  readdirSync(folder)
    .filter((file) => file !== "NOTES.md")
    .sort()
    .map((file) => [file, sha256(readFileSync(join(folder, file)))]),
);
if (project.repository !== undefined) {
  const statement = `${JSON.stringify(provenanceStatement(sums, project))}\n`;
  const name = `rolesanywhere-ts-${version}.intoto.json`;
  writeFileSync(join(folder, name), statement);
  sums.set(name, sha256(statement));
}
writeFileSync(join(folder, "SHA256SUMS"), [...sums].map(([file, digest]) => `${digest}  ${file}\n`).join(""));
for (const what of leftOut) console.error(`left out: ${what}`);
if (leftOut.length > 0 && values.tag !== undefined) process.exitCode = 1;

/** Builds a part that needs other programs and a Linux executable, or notes why it is skipped. */
function makeWhen(what, programs, make) {
  const missing = programs.filter((program) => !has(program));
  if (linux.length === 0) leftOut.push(`${what}: no Linux executable was asked for`);
  else if (missing.length > 0) leftOut.push(`${what}: there is no ${missing.join(" and no ")} here`);
  else make();
}

/** Builds lean executables, with the licences and the bill of materials of their crates. */
function makeLean(builds) {
  if (builds.length === 0) return;
  run(process.execPath, ["scripts/build-lean.mjs", ...builds]);
  const name = `rolesanywhere-ts-${version}-lean`;
  for (const target of builds) {
    const built = join(root, "dist/lean", target === ownTarget ? "rolesanywhere-ts" : `rolesanywhere-ts-${target}`);
    copyFileSync(built, join(folder, `${name}-${target}`));
  }
  copyFileSync(join(root, "dist/lean/THIRD-PARTY-LICENSES.txt"), join(folder, `${name}-THIRD-PARTY-LICENSES.txt`));
  run(process.execPath, ["scripts/sbom.mjs", join(folder, `${name}.cdx.json`), "--lean"]);
}

function standalone(target) {
  return join(folder, `rolesanywhere-ts-${version}-${target}`);
}

/** `rolesanywhere-ts-1.2.3-linux-x64`; the build writes the one for this machine without its target. */
function releaseName(file) {
  const [, target = ownTarget, ending = ""] = /^rolesanywhere-ts(?:-([\w-]+))?(\.exe)?$/.exec(file) ?? [];
  return `rolesanywhere-ts-${version}-${target}${ending}`;
}
