import { defineConfig } from "vitest/config";

/** Tests that take minutes. */
export default defineConfig({
  test: { include: ["test/**/*.long.ts"], globalSetup: ["test/support/build.ts"], maxWorkers: 1 },
});
