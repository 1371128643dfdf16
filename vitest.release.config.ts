// `npm run release:check`: what `npm run release:files` left in release/ is installed and run, before anybody gets it.
import { defineConfig } from "vitest/config";
import { SkipReporter } from "./test/support/skip-reporter.js";

export default defineConfig({
  test: {
    include: ["test/release/**/*.release.ts"],
    globalSetup: ["test/support/build.ts"],
    reporters: [new SkipReporter(), "default"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
