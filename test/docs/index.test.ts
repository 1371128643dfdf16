import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readPages } from "../../scripts/docs/page.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("docs/README.md lists every page", () => {
  const index = readPages(root).find(({ path }) => path === "docs/README.md");
  const listed = new Set(index?.links.map(({ url }) => url.replace(/#.*$/, "")));
  const pages = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".md") && name !== "README.md");
  expect(pages.filter((name) => !listed.has(name))).toEqual([]);
});
