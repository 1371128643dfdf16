// Builds the npm tarball: the files of `npm pack`, with a package.json for users. It has no scripts and no development
// dependencies: only builders need them, and npm warns about a `prepare` script that it does not run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./paths.mjs";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Keeps the members of package.json that users need. */
export function publishedManifest({ scripts: _scripts, devDependencies: _devDependencies, ...rest }) {
  return rest;
}

/**
 * Packs a folder whose `dist` is built.
 *
 * @returns The path of the tarball in `destination`.
 */
export function packPackage(source, destination, env = process.env) {
  const staging = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-pack-"));
  try {
    const pack = (cwd, into) =>
      run(npm, ["pack", "--ignore-scripts", "--silent", "--pack-destination", into], { cwd, env }).trim();
    run("tar", ["-xzf", join(staging, pack(source, staging)), "-C", staging]);
    const manifestPath = join(staging, "package/package.json");
    const published = publishedManifest(JSON.parse(readFileSync(manifestPath, "utf8")));
    writeFileSync(manifestPath, `${JSON.stringify(published, undefined, 2)}\n`);
    return join(destination, pack(join(staging, "package"), destination));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
