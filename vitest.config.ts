import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/support/skip-reporter.js";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/windows/**"],
    globalSetup: ["test/support/build.ts"],
    reporters: [new SkipReporter(), "default"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
