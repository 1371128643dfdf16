import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { jobs, jobsTable } from "../../scripts/one-place.js";
import type { Job } from "../../scripts/one-place.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const comment = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts") && !file.startsWith("emulator/"))
  .map((file) => ({ file, code: readFileSync(join(root, "src", file), "utf8").replaceAll(comment, "") }));

function filesThatDo({ pattern }: Job): string[] {
  return pattern === undefined ? [] : sources.filter(({ code }) => pattern.test(code)).map(({ file }) => file);
}

describe.each(jobs)("$job", (job) => {
  const { place, pattern, also = {}, test: found } = job;
  const isPlace = (file: string) => (place.endsWith("/") ? file.startsWith(place) : file === place);

  test("has a place that exists", () => {
    expect(existsSync(join(root, "src", place))).toBe(true);
    expect(found === undefined || existsSync(join(root, found))).toBe(true);
    expect(pattern === undefined).toBe(found !== undefined);
  });

  test.skipIf(pattern === undefined)("is done there", () => {
    expect(filesThatDo(job).some(isPlace)).toBe(true);
  });

  test("is done nowhere else, but for files with a reason", () => {
    const elsewhere = filesThatDo(job).filter((file) => !isPlace(file));
    expect(elsewhere.toSorted()).toEqual(Object.keys(also).toSorted());
  });
});

test("the page shows the table", () => {
  expect(readFileSync(join(root, "docs/architecture.md"), "utf8")).toContain(jobsTable());
});

test.each([
  ["HMAC signatures", 'const mac = createHmac("sha256", key);'],
  ["HTTP requests: timeouts, TLS, proxies", 'import * as https from "node:https";'],
  ["control characters in text", String.raw`text.replace(/[\p{Cc}\p{Cf}]/gu, "")`],
  ["quoting for a POSIX shell", String.raw`word.replaceAll("'", "'\\''")`],
  ["elliptic curves by OID", 'const curves = { "1.3.132.0.34": "P-384" };'],
  ["reading the shared config and credentials files", "readFileSync(variables['AWS_CONFIG_FILE'])"],
  ["role session names and durations", String.raw`const sessionName = /^[\w+=,.@-]{2,64}$/;`],
  ["wrapping text", "function wrapText(text: string, width: number)"],
])("%s: a second place would be found", (job, code) => {
  expect(jobs.find((entry) => entry.job === job)?.pattern?.test(code)).toBe(true);
});
