import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/support/skip-reporter.js";

/** Tests that take minutes. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.ts"],
    globalSetup: ["test/support/build.ts"],
    reporters: [new SkipReporter(), "default"],
    maxWorkers: 1,
  },
});
