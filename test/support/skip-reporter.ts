import type { Reporter } from "vitest/node";
import { takeSkipped } from "./tools.js";

/** Prints what was skipped for want of a program, before the failures: those end the output. */
export class SkipReporter implements Reporter {
  onTestRunEnd(): void {
    process.stdout.write(`\n${takeSkipped(process.env["ROLESANYWHERE_TS_TEST_RUN"])}`);
  }
}
