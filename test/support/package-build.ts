import { cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packPackage } from "../../scripts/release/package.mjs";
import { runProgram } from "./run-program.js";
import { createScratch } from "./scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Neither part of the package nor needed to build it. */
const others = new Set(["node_modules", "dist", "test", "bench"]);

export interface PackageBuild {
  readonly folder: string;
  readonly tarball: string;
}

/** Environment for npm without the user's settings and the network. */
export const npmEnvironment = () => ({
  npm_config_cache: createScratch("npm-cache"),
  npm_config_userconfig: "/dev/null",
});

/** Builds the sources in a separate folder, with types, and packs them like a release. */
export async function buildPackage(folder: string): Promise<PackageBuild> {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(".") && !others.has(name)) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const built = await runProgram(process.execPath, ["build.mjs", "--quiet"], { cwd: folder });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stderr}`);
  return { folder, tarball: packPackage(folder, folder, { ...process.env, ...npmEnvironment() }) };
}
