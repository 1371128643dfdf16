import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds the executable once before any test, so that the black-box tests never run a stale file. */
export default function setup(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync(process.execPath, ["build.mjs", "--quiet"], { cwd: root, stdio: "inherit" });
}
