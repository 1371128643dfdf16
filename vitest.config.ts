import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/support/skip-reporter.js";

const isContinuousIntegration = process.env["CI"] === "true";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/windows/**"],
    globalSetup: ["test/support/build.ts"],
    reporters: [new SkipReporter(), "default"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Hundreds of other programs run beside the tests, and a shared machine starves one now and then. The report shows what
    // ran again.
    retry: isContinuousIntegration ? 1 : 0,
  },
});
