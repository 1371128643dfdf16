import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "version",
      "credential-process",
      "refusals",
      "mix-ups",
      "network",
      "diagnostics",
      "environment-profile",
      "working-folder",
      "hostile-answers",
    ]
      .map((name) => `test/cli/${name}.test.ts`)
      .concat("test/windows/*.test.ts"),
    globalSetup: ["test/support/build.ts", "test/windows/setup.ts"],
    setupFiles: ["test/windows/skip.ts"],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
