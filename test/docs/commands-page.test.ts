import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findCommandsPageFaults, main } from "../../scripts/docs/commands-page.js";
import { createScratch } from "../support/scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const path = "docs/reference/commands.md";

test("docs/reference/commands.md is what the option tables say", async () => {
  expect(await findCommandsPageFaults(root)).toEqual([]);
});

test("a page that is stale is a fault, until it is written anew", async () => {
  const copy = createScratch("commands-page");
  mkdirSync(join(copy, "docs/reference"), { recursive: true });
  cpSync(join(root, path), join(copy, path));
  writeFileSync(
    join(copy, path),
    readFileSync(join(root, path), "utf8").replace("`--role-arn ARN`", "`--rolearn ARN`"),
  );
  expect(await findCommandsPageFaults(copy)).toMatchObject([
    { path, message: expect.stringContaining("npm run docs") },
  ]);
  await main([], copy);
  expect(await findCommandsPageFaults(copy)).toEqual([]);
});
