import { expect, test } from "vitest";
import { findBleed, findGrowth, maxBytes } from "../../scripts/bundle-report.mjs";

const hit = { entryModules: ["src/cli.ts", "src/vending/cache/entry.ts"], entryBytes: 7_000, usualBytes: 100_000 };

test("what a hit and a miss run passes", () => {
  expect(findGrowth(hit)).toEqual([]);
  expect(findBleed([{ path: "src/aws/http/transport.ts" }])).toEqual([]);
});

test.each(["src/printable.ts", "src/commands/line/text-output.ts", "src/vending/cache/sweep.ts"])(
  "the build fails when %s reaches a hit",
  (path) => {
    expect(findGrowth({ ...hit, entryModules: [...hit.entryModules, path] })).toEqual([
      `${path}: nothing that a hit runs`,
    ]);
  },
);

test("the build fails when a part outgrows its budget", () => {
  const grown = { ...hit, entryBytes: maxBytes.entry + 1, usualBytes: maxBytes.usual + 1 };
  expect(findGrowth(grown)).toEqual([expect.stringContaining("entry"), expect.stringContaining("usual")]);
});

test.each(["src/vending/create-session-error.ts", "src/aws/http/sdk-handler.ts", "src/vending/chain.ts"])(
  "the build fails when %s reaches a plain miss",
  (path) => {
    expect(findBleed([{ path }])).toHaveLength(1);
  },
);
