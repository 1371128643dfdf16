import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/security.md"), "utf8");
const section = page.slice(page.indexOf("## What is promised"), page.indexOf("## Who can read what"));
const promises = section
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:against|---) /.test(line))
  .map((line) => line.slice(2, -2).split(" | "));

describe("the promises of docs/security.md", () => {
  it("are made against every actor", () => {
    const actors = ["local user", "other container", "network", "server", "archive author", "certificate author"];
    const named = promises.flatMap(([against = ""]) => against.split(", "));
    expect(actors.filter((actor) => !named.includes(actor))).toEqual([]);
  });

  it.each(promises)("against %s: %s", (_against, _promise, provenBy = "") => {
    const tests = [...provenBy.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
    expect(tests.length).toBeGreaterThan(0);
    for (const path of tests) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(readFileSync(join(root, path), "utf8"), path).toMatch(/^\s*(?:describe|it|test)\b/m);
    }
  });
});
