import type { Reporter } from "vitest/node";
import { takeSkipped } from "./tools.js";

/** Prints what was skipped for want of a program, before the failures: those end the output. */
export class SkipReporter implements Reporter {
  onTestRunEnd(): void {
    const skipped = takeSkipped();
    if (skipped !== "") process.stdout.write(`\n${skipped}`);
  }
}
