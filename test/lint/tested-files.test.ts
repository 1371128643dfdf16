import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const filesIn = (folder: string, end: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);

it.each(["src/aws/http", "src/vending/cache", "src/signing"])("each file of %s is imported by a test", (folder) => {
  const tests = filesIn("test", ".test.ts").map((file) => readFileSync(join(root, file), "utf8"));
  const named = new Set(tests.flatMap((text) => text.match(/src\/[\w./-]+(?=\.js")/g) ?? []));
  const sources = filesIn(folder, ".ts").map((file) => file.replace(/\.ts$/, ""));
  expect(sources.filter((file) => !named.has(file))).toEqual([]);
});
