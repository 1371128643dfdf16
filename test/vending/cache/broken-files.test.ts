import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { answerFromIndex } from "../../../src/vending/cache/answer-from-index.js";
import { readHeader } from "../../../src/vending/cache/entry.js";
import { readFailureNote } from "../../../src/vending/cache/failure-note.js";
import { clearFolder } from "../../../src/vending/cache/inspect.js";
import { indexPath } from "../../../src/vending/cache/invocation-index.js";
import { sweepFolder } from "../../../src/vending/cache/sweep.js";
import { createScratch } from "../../support/scratch.js";

const name = "a".repeat(64);
const whole = {
  entry: `${name}.session`,
  files: [["/key.pem", "1"]],
  workingDirectory: null,
  windowSeconds: null,
  untilMs: 9e15,
};

test.each([
  null,
  [],
  "text",
  {},
  { ...whole, files: [null] },
  { ...whole, files: [[]] },
  { ...whole, files: [[5, "1"]] },
  { ...whole, files: [["/key.pem\0", "1"]] },
  { ...whole, files: { length: 1 } },
  { ...whole, entry: "../../etc/passwd" },
  { ...whole, entry: 5 },
  { ...whole, untilMs: "never" },
  { ...whole, workingDirectory: 5 },
  { ...whole, windowSeconds: "soon" },
])("an index record %j is a miss", (record) => {
  const folder = createScratch("index");
  const invocation = {
    argv: ["--cache-dir", folder],
    variables: {},
    homeDirectory: undefined,
    platform: "linux",
  } as const;
  writeFileSync(indexPath(folder, invocation), JSON.stringify(record), { mode: 0o600 });
  expect(answerFromIndex(invocation, () => "/", 0)).toBeUndefined();
});

const note = { token: "t", code: "ERR_SERVICE", message: "m", hints: [] };
test.each([
  null,
  [],
  {},
  { ...note, hints: "no list" },
  { ...note, hints: [5] },
  { ...note, hints: undefined },
  { ...note, message: { text: "m" } },
  { ...note, token: 5 },
  { ...note, details: null },
  { ...note, details: { statusCode: "500" } },
])("a failure note %j is none", (written) => {
  const path = join(createScratch("note"), "n.failure");
  writeFileSync(path, JSON.stringify(written), { mode: 0o600 });
  expect(readFailureNote(path)).toBeUndefined();
});

const header = { version: 1, obtainedMs: 1, endMs: 2, jitter: 0.5, salt: "AA==", roleArn: "arn:r", source: "c.pem" };
test.each([
  { ...header, roleArn: undefined },
  { ...header, source: 5 },
  { ...header, endMs: 9e15 },
  { ...header, holdOff: null },
  { ...header, holdOff: { untilMs: "soon" } },
])("an entry's header %j is none", (written) => {
  expect(readHeader(Buffer.from(`${JSON.stringify(written)}\n`))).toBeUndefined();
});

test("a folder with the name of an entry stops neither clearing nor sweeping", () => {
  const folder = createScratch("clear");
  const file = (end: string) => join(folder, `${"b".repeat(64)}${end}`);
  mkdirSync(join(folder, `${name}.session`, "own"), { recursive: true });
  mkdirSync(join(folder, `${name}.index`));
  mkdirSync(join(folder, `${name}.lock`, "1-0-ffffffffffff-0123456789ab"), { recursive: true });
  for (const end of [".session", ".index", ".failure"]) writeFileSync(file(end), "x");
  sweepFolder(folder, Date.now() + 7 * 24 * 3600_000);
  expect(readdirSync(folder)).toEqual([`${name}.session`]);
  writeFileSync(file(".session"), "x");
  expect(clearFolder(folder)).toEqual({ sessions: 1, left: [join(folder, `${name}.session`)] });
  expect(readdirSync(folder)).toEqual([`${name}.session`]);
});

test("what killed runs left unfinished is swept", () => {
  const folder = createScratch("sweep");
  const mark = "4000000-1-ffffffffffff-0123456789ab";
  for (const end of [".session", ".index", ".failure"])
    writeFileSync(join(folder, `.${name}${end}.${mark}.partial`), "x");
  writeFileSync(join(folder, `.seal.key.${mark}.partial`), "x");
  mkdirSync(join(folder, `.${name}.lock.${mark}.partial`, mark), { recursive: true });
  writeFileSync(join(folder, "notes.partial"), "mine");
  sweepFolder(folder, Date.now() + 61_000);
  expect(readdirSync(folder)).toEqual(["notes.partial"]);
});
