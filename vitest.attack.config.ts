import { defineConfig } from "vitest/config";
import { TableReporter } from "./test/attack/table-reporter.js";
import { SkipReporter } from "./test/support/skip-reporter.js";

/** Attacks on the built executable, one file an area; ends with a table of what held. */
export default defineConfig({
  test: {
    include: ["test/attack/*.attack.ts"],
    globalSetup: ["test/support/build.ts"],
    reporters: [new SkipReporter(), "dot", new TableReporter()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
