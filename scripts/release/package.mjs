// The npm tarball: what `npm pack` takes, with a package.json for those who install it. Scripts and development
// dependencies are of use to builders alone, and npm warns of a `prepare` that it does not run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./paths.mjs";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** The members of package.json that someone who installs the package has a use for. */
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
