import { defineConfig } from "vitest/config";

const isContinuousIntegration = process.env["CI"] === "true";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Hundreds of other programs run beside the tests; on a shared machine one of them fails now and then. The report shows
    // what was run again.
    retry: isContinuousIntegration ? 1 : 0,
  },
});
