import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTokenFolder, obtainToken } from "../../../src/delivery/metadata-server/token-file.js";
import { createScratch } from "../../support/scratch.js";

test("writes a token that its owner alone can read, without a line end, and reads it again", () => {
  const path = join(createScratch(), "token");
  const token = obtainToken(path);
  expect(readFileSync(path, "utf8")).toBe(token);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(obtainToken(path)).toBe(token);
});

test("takes a token that is there", () => {
  const path = join(createScratch(), "token");
  writeFileSync(path, "a-token-of-somebody-else\n", { mode: 0o600 });
  expect(obtainToken(path)).toBe("a-token-of-somebody-else");
});

test("says what is wrong with the file", () => {
  const folder = createScratch();
  expect(() => obtainToken(folder)).toThrow(`cannot read token file ${folder}: EISDIR`);
  expect(() => obtainToken(join(folder, "no", "token"))).toThrow(/^cannot write token file .*: ENOENT/);
});

test("removes a folder of its own with its tokens", () => {
  const folder = createTokenFolder(["/nowhere", createScratch()]);
  obtainToken(join(folder.path, "token"));
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});
