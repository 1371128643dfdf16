import { chmodSync, chownSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultCacheFolder, findExposure, prepareFolder, refuseFolder } from "../../../src/vending/cache/folder.js";
import { stampFile } from "../../../src/vending/cache/file-stamp.js";
import { unpackText } from "../../../src/vending/cache/packed-text.js";
import { describeFault, readPrivateFile } from "../../../src/vending/cache/private-file.js";
import { message, perSurface, renderText, setting, variable } from "../../../src/message.js";
import { createScratch } from "../../support/scratch.js";
import { requireCondition } from "../../support/tools.js";

const posix = requireCondition("modes of the cache", process.platform !== "win32", "a POSIX system");
const isRoot = requireCondition("a cache of another user", process.getuid?.() === 0, "being root");

describe("the place of the cache", () => {
  const home = "/home/me";
  it.each([
    [{ XDG_CACHE_HOME: "/x" }, home, "linux", "/x/rolesanywhere-ts"],
    [{ XDG_CACHE_HOME: "/x" }, home, "darwin", "/x/rolesanywhere-ts"],
    [{ XDG_CACHE_HOME: "x" }, home, "linux", "/home/me/.cache/rolesanywhere-ts"],
    [{ XDG_CACHE_HOME: "" }, home, "linux", "/home/me/.cache/rolesanywhere-ts"],
    [{}, home, "darwin", "/home/me/Library/Caches/rolesanywhere-ts"],
    [{ LOCALAPPDATA: "/local" }, home, "win32", "/local/rolesanywhere-ts/Cache"],
    [{ LOCALAPPDATA: "/local" }, home, "linux", "/home/me/.cache/rolesanywhere-ts"],
    [{ LOCALAPPDATA: "" }, home, "win32", "/home/me/.cache/rolesanywhere-ts"],
    [{}, undefined, "linux", undefined],
    [{ LOCALAPPDATA: "/local" }, undefined, "win32", "/local/rolesanywhere-ts/Cache"],
  ] as const)("with %o, home %s on %s is %s", (variables, homeDirectory, platform, expected) => {
    expect(defaultCacheFolder({ variables, homeDirectory, platform })).toBe(expected);
  });
});

describe.skipIf(!posix)("a folder or file of the cache", () => {
  it("is made for its owner alone, and is refused when others have access", () => {
    const folder = join(createScratch("cache"), "a", "b");
    expect(prepareFolder(folder)).toBeUndefined();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(prepareFolder(folder)).toBeUndefined();
    for (const mode of [0o710, 0o701, 0o740]) {
      chmodSync(folder, mode);
      expect(refuseFolder(folder)).toBe(`${folder} has mode ${mode.toString(8)}, expected no access for others`);
    }
    expect(refuseFolder(join(folder, "none"))).toBe(`${join(folder, "none")}: ENOENT`);
    expect(prepareFolder("/dev/null/x")).toMatch(/^\/dev\/null\/x: /);
  });

  it("is no link and no other kind of thing", () => {
    const folder = createScratch("cache");
    symlinkSync(folder, join(folder, "link"));
    expect(refuseFolder(join(folder, "link"))).toMatch(/is not a folder$/);
    writeFileSync(join(folder, "file"), "", { mode: 0o600 });
    expect(findExposure(statSync(join(folder, "file")), "file")).toBeUndefined();
    expect(findExposure(statSync(join(folder, "file")), "folder")).toBe("is not a folder");
    expect(findExposure(statSync(folder), "file")).toBe("is not a file");
  });

  it.skipIf(!isRoot)("is nobody else's", () => {
    const file = join(createScratch("cache"), "file");
    writeFileSync(file, "", { mode: 0o600 });
    chownSync(file, 1234, 1234);
    expect(findExposure(statSync(file), "file")).toBe("belongs to user 1234");
  });

  it("is read when it is a private file of at most 256 KiB", () => {
    const folder = createScratch("cache");
    const file = join(folder, "file");
    writeFileSync(file, "text", { mode: 0o600 });
    expect(readPrivateFile(file).toString()).toBe("text");
    truncateSync(file, 256 * 1024);
    expect(readPrivateFile(file)).toHaveLength(256 * 1024);
    truncateSync(file, 256 * 1024 + 1);
    expect(() => readPrivateFile(file)).toThrow(`${file} has 262145 bytes`);
    symlinkSync(file, join(folder, "link"));
    expect(() => readPrivateFile(join(folder, "link"))).toThrow("ELOOP");
    chmodSync(file, 0o640);
    expect(() => readPrivateFile(file)).toThrow("has mode 640");
    expect(() => readPrivateFile(folder)).toThrow("is not a file");
  });

  it("has a fault in few words", () => {
    expect(describeFault(Object.assign(new Error("long"), { code: "ENOSPC" }))).toBe("ENOSPC");
    expect(describeFault(new Error("first\nsecond"))).toBe("first");
  });
});

describe("the stamp of a file", () => {
  it("changes with its content, its mode and what a link leads to; one that is absent has its own", () => {
    const folder = createScratch("stamp");
    const file = join(folder, "file");
    expect(stampFile(file)).toEqual({ path: file, stamp: "absent", changedMs: 0 });
    writeFileSync(file, "one");
    const first = stampFile(file);
    expect(stampFile(file)).toEqual(first);
    expect(Math.abs((first?.changedMs ?? 0) - Date.now())).toBeLessThan(60_000);
    writeFileSync(file, "two!");
    expect(stampFile(file)?.stamp).not.toBe(first?.stamp);
    expect(stampFile(join(file, "below"))?.stamp).toBe("absent");
    symlinkSync("loop", join(folder, "loop"));
    expect(stampFile(join(folder, "loop"))).toBeUndefined();
  });
});

describe("a text that was kept as JSON", () => {
  it("is the same text on every surface", () => {
    const text = message`give ${setting("region", "us-east-1")}, ${variable("pkcs11-pin")} or ${perSurface({ commandLine: "a", library: message`${setting("region")}` })}`;
    const unpacked = unpackText(JSON.parse(JSON.stringify(text)));
    expect(renderText(unpacked)).toBe(renderText(text));
    expect(JSON.parse(JSON.stringify(unpacked))).toEqual(JSON.parse(JSON.stringify(text)));
    expect(unpackText("plain")).toBe("plain");
  });

  it.each([null, 7, {}, { parts: "x" }, { parts: [7] }, { parts: [null] }])("is refused as %j", (packed) => {
    expect(() => unpackText(packed)).toThrow(TypeError);
  });
});
