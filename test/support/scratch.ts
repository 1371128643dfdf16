import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Names the folder of the test run, which is removed when the run ends. */
const runVariable = "ROLESANYWHERE_TS_TEST_RUN";

export function setRunFolder(folder: string): void {
  process.env[runVariable] = folder;
}

/** The folder of the test run; the system's temporary one without a run. */
export function runFolder(): string {
  return process.env[runVariable] ?? tmpdir();
}

/** Creates an empty folder that is removed when the test run ends. */
export function createScratch(name = "scratch"): string {
  return mkdtempSync(join(runFolder(), `${name}-`));
}
