import { chmodSync, constants, copyFileSync, existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { executable } from "./run-cli.js";
import { createScratch } from "./scratch.js";
import { requireCondition } from "./tools.js";

const named = process.env["ROLESANYWHERE_TS_LEAN"] ?? "";
const built =
  named === "" ? fileURLToPath(new URL("../../dist/lean/rolesanywhere-ts", import.meta.url)) : resolve(named);

/** Tells whether the lean executable was built. */
export function requireLean(what: string): boolean {
  return requireCondition(
    what,
    existsSync(built),
    "the lean executable (npm run build:lean, or ROLESANYWHERE_TS_LEAN)",
  );
}

/**
 * Installs the lean executable in a folder of its own.
 *
 * @param full What is beside it: nothing, the bundle, or a shell script.
 */
export function installLean(full?: "bundle" | { readonly script: string }): string {
  const folder = createScratch("lean");
  const path = join(folder, "rolesanywhere-ts");
  copyFileSync(built, path, constants.COPYFILE_FICLONE);
  chmodSync(path, 0o755);
  const beside = join(folder, "rolesanywhere-ts-full");
  if (full === "bundle") symlinkSync(executable, beside);
  else if (full !== undefined) writeFileSync(beside, `#!/bin/sh\n${full.script}\n`, { mode: 0o755 });
  return path;
}
