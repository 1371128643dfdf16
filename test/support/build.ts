import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setRunFolder } from "./scratch.js";
import { takeSkipped } from "./tools.js";

/**
 * Builds the executable once before any test, so that the black-box tests never run a stale file; afterwards removes
 * the run's scratch folder and reports what was skipped because a program is missing.
 */
export default function setup(): () => void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync(process.execPath, ["build.mjs", "--quiet", "--no-types"], { cwd: root, stdio: "inherit" });
  const before = new Set(sessionsOfTheUser());
  const runDirectory = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-test-"));
  setRunFolder(runDirectory);
  return () => {
    // A run with reporters of its own has not told yet.
    process.stdout.write(takeSkipped());
    rmSync(runDirectory, { recursive: true, force: true });
    const left = sessionsOfTheUser().filter((name) => !before.has(name));
    // Elsewhere, the user's own programs may have obtained sessions meanwhile.
    if (left.length === 0 || process.env["CI"] !== "true") return;
    console.error(`tests left sessions in the user's own cache: ${left.join(", ")}`);
    process.exitCode = 1;
  };
}

function sessionsOfTheUser(): readonly string[] {
  const folder = join(homedir(), ".cache", "rolesanywhere-ts");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".session")) : [];
}
