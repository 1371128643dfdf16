import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultCacheFolder, prepareFolder, refuseFolder } from "../../../src/vending/cache/folder.js";
import { createScratch } from "../../support/scratch.js";

describe("the cache's folder", () => {
  it.each([
    ["linux", {}, "/home/me/.cache/rolesanywhere-ts"],
    ["darwin", {}, "/home/me/Library/Caches/rolesanywhere-ts"],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/rolesanywhere-ts/Cache"],
    ["win32", {}, "/home/me/.cache/rolesanywhere-ts"],
    ["linux", { XDG_CACHE_HOME: "/xdg" }, "/xdg/rolesanywhere-ts"],
    ["darwin", { XDG_CACHE_HOME: "/xdg" }, "/xdg/rolesanywhere-ts"],
    ["linux", { XDG_CACHE_HOME: "relative" }, "/home/me/.cache/rolesanywhere-ts"],
    ["linux", { XDG_CACHE_HOME: "", LOCALAPPDATA: "/local" }, "/home/me/.cache/rolesanywhere-ts"],
  ] as const)("on %s with %j is %s", (platform, variables, folder) => {
    const found = defaultCacheFolder({ platform, variables, homeDirectory: "/home/me" });
    expect(found?.replaceAll("\\", "/")).toBe(folder);
  });

  it("is nowhere without a home", () => {
    expect(defaultCacheFolder({ platform: "linux", variables: {}, homeDirectory: undefined })).toBeUndefined();
  });

  it.skipIf(process.platform === "win32")("is made for its owner alone, and used only if it is so", () => {
    const folder = join(createScratch("cache"), "a", "b");
    expect(refuseFolder(folder)).toBe(`${folder}: ENOENT`);
    expect(prepareFolder(folder)).toBeUndefined();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    chmodSync(folder, 0o750);
    expect(prepareFolder(folder)).toBe(`${folder} has mode 750, expected no access for others`);
  });

  it("is neither a file nor a link", () => {
    const scratch = createScratch("cache");
    const [file, folder, link] = ["file", "folder", "link"].map((name) => join(scratch, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, "");
    mkdirSync(folder, { mode: 0o700 });
    symlinkSync(folder, link);
    expect(refuseFolder(file)).toBe(`${file} is not a folder`);
    expect(refuseFolder(link)).toBe(`${link} is not a folder`);
    expect(prepareFolder(join(file, "below"))).toMatch(/ENOTDIR|EEXIST/);
  });
});
