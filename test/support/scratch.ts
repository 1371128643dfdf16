import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates an empty folder that is removed when the test run ends. */
export function createScratch(name = "scratch"): string {
  return mkdtempSync(join(process.env["ROLESANYWHERE_TS_TEST_RUN"] ?? tmpdir(), `${name}-`));
}
