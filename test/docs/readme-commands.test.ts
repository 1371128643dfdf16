import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { registry } from "../../src/commands/registry.js";

it("README lists every command with the page that tells more", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  const missing = Object.keys(registry).filter((name) => !readme.includes(`\n| \`${name}\` | `));
  expect(missing).toEqual([]);
});
