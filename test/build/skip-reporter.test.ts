import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createScratch, runFolder, setRunFolder } from "../support/scratch.js";
import { SkipReporter } from "../support/skip-reporter.js";

const whole = runFolder();
let folder: string;
beforeEach(() => {
  folder = createScratch("skip-reporter");
  setRunFolder(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  setRunFolder(whole);
});

function report(): readonly unknown[] {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  new SkipReporter().onTestRunEnd();
  return write.mock.calls.map(([text]) => text);
}

test("a run that skipped nothing prints nothing", () => {
  expect(report()).toEqual([]);
});

test("what is skipped is told once, with its reason", () => {
  mkdirSync(join(folder, "skipped"));
  writeFileSync(join(folder, "skipped/a.json"), JSON.stringify({ reason: "the moon", what: "tides" }));
  expect(report()).toEqual(["\nskipped for want of the moon: tides\n"]);
  vi.restoreAllMocks();
  expect(report()).toEqual([]);
});
