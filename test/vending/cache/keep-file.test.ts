import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keepFile } from "../../../src/vending/cache/keep-file.js";
import { createScratch } from "../../support/scratch.js";

describe("a file of the cache", () => {
  it("replaces the one before whole, and belongs to its owner alone", () => {
    const folder = createScratch("keep");
    const path = join(folder, "x.session");
    writeFileSync(path, "a much longer text than the next one", { mode: 0o644 });
    keepFile(path, "short");
    expect(readFileSync(path, "utf8")).toBe("short");
    expect(process.platform === "win32" ? 0o600 : statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["x.session"]);
  });

  it("leaves nothing behind when it cannot be put in place", () => {
    const folder = createScratch("keep");
    mkdirSync(join(folder, "x.session"));
    writeFileSync(join(folder, "x.session", "full"), "");
    expect(() => keepFile(join(folder, "x.session"), "text")).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM|not a file/);
    expect(readdirSync(folder)).toEqual(["x.session"]);
  });
});
