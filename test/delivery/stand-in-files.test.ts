import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createStandIns, sweepStandIns } from "../../src/delivery/stand-in-files.js";
import { createScratch } from "../support/scratch.js";

const rest = "[default]\nregion = x\n[other]\naws_access_key_id = AKIAOTHER\n";
let temporary: string;
let before: string | undefined;

beforeEach(() => {
  temporary = createScratch("tmp");
  before = process.env["TMPDIR"];
  process.env["TMPDIR"] = temporary;
});
afterEach(() => {
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
});

const hide = (descriptors?: string) =>
  createStandIns([{ name: "AWS_SHARED_CREDENTIALS_FILE", bytes: Buffer.from(rest) }], descriptors);

test.skipIf(process.platform !== "linux")("gives a file without a name that others can read again and again", () => {
  const hidden = hide();
  const path = hidden.variables["AWS_SHARED_CREDENTIALS_FILE"] ?? "";
  expect(readdirSync(temporary)).toEqual([]);
  for (let count = 0; count < 2; count += 1) {
    expect(spawnSync("cat", [path], { encoding: "utf8" }).stdout).toBe(rest);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  hidden.remove();
  expect(existsSync(path)).toBe(false);
});

test("where files cannot do without a name, they are the owner's alone and go when they are let go of", () => {
  const hidden = hide("/nowhere");
  const path = hidden.variables["AWS_SHARED_CREDENTIALS_FILE"] ?? "";
  expect(readFileSync(path, "utf8")).toBe(rest);
  expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700]);
  hidden.remove();
  expect(readdirSync(temporary)).toEqual([]);
});

test("what a killed run left is removed by the next one", () => {
  const alive = hide("/nowhere");
  const [own = ""] = readdirSync(temporary);
  // The same name, of a process that has ended.
  const ended = spawnSync(process.execPath, ["-e", ""]).pid;
  const dead = own.replace(`.${process.pid}-`, `.${ended}-`);
  expect(dead).not.toBe(own);
  mkdirSync(join(temporary, dead));
  writeFileSync(join(temporary, dead, "AWS_SHARED_CREDENTIALS_FILE"), rest);
  mkdirSync(join(temporary, "rolesanywhere-ts-exec-other"));
  sweepStandIns("/nowhere");
  expect(readdirSync(temporary).sort()).toEqual([own, "rolesanywhere-ts-exec-other"].sort());
  alive.remove();
});
