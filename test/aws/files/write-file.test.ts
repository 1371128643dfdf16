import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ownFolder } from "../../../src/aws/files/own-folder.js";
import { cannotWrite } from "../../../src/aws/files/write-failure.js";
import { createSecretOnce, writeFileWhole } from "../../../src/aws/files/write-file.js";
import { createScratch } from "../../support/scratch.js";
import { requireCondition } from "../../support/tools.js";

const posix = requireCondition("modes and owners of files", process.platform !== "win32", "a POSIX system");
const isRoot = requireCondition("a file of another owner", process.getuid?.() === 0, "being root");
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe.skipIf(!posix)("a file that is written whole", () => {
  test("is its owner's alone when it is a secret, else as the umask says", () => {
    const folder = createScratch("write");
    writeFileWhole(join(folder, "secret"), "one", { secret: true });
    writeFileWhole(join(folder, "plain"), "two", { secret: false });
    expect(modeOf(join(folder, "secret"))).toBe(0o600);
    expect(modeOf(join(folder, "plain"))).toBe(0o666 & ~process.umask());
    expect(readFileSync(join(folder, "plain"), "utf8")).toBe("two");
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test.each([
    [true, 0o640, 0o640],
    [true, 0o600, 0o600],
    [true, 0o644, 0o600],
    [true, 0o604, 0o600],
    [false, 0o644, 0o644],
    [false, 0o755, 0o755],
  ])(
    "keeps the mode that is there, but a secret that everyone may read: secret %s, %o -> %o",
    (secret, before, after) => {
      const path = join(createScratch("write"), "file");
      writeFileSync(path, "old and longer");
      chmodSync(path, before);
      writeFileWhole(path, "new", { secret });
      expect([readFileSync(path, "utf8"), modeOf(path)]).toEqual(["new", after]);
    },
  );

  test.skipIf(!isRoot)("keeps owner and group", () => {
    const path = join(createScratch("write"), "file");
    writeFileSync(path, "old");
    chownSync(path, 1234, 4321);
    writeFileWhole(path, "new", { secret: true });
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 4321 });
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("takes another inode, unless it has several names: those stay one file", () => {
    const folder = createScratch("write");
    const [alone, one, other] = ["alone", "one", "other"].map((name) => join(folder, name)) as [string, string, string];
    writeFileSync(alone, "old");
    const before = statSync(alone).ino;
    writeFileWhole(alone, "new", { secret: true });
    expect(statSync(alone).ino).not.toBe(before);
    writeFileSync(one, "a text that is longer than what comes\n");
    chmodSync(one, 0o644);
    linkSync(one, other);
    const inode = statSync(one).ino;
    writeFileWhole(one, "short", { secret: true });
    expect([readFileSync(one, "utf8"), readFileSync(other, "utf8")]).toEqual(["short", "short"]);
    expect(statSync(one)).toMatchObject({ ino: inode, nlink: 2 });
    expect(modeOf(one)).toBe(0o600);
    const long = Buffer.alloc(3 * 1024 * 1024 + 5, "long ");
    writeFileWhole(other, long, { secret: true });
    expect(readFileSync(one).equals(long)).toBe(true);
    writeFileWhole(other, "", { secret: true });
    expect(statSync(one).size).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["alone", "one", "other"]);
  });

  test("leaves a link a link", () => {
    const folder = createScratch("write");
    writeFileSync(join(folder, "file"), "old");
    symlinkSync("file", join(folder, "link"));
    writeFileWhole(join(folder, "link"), "new", { secret: true, flush: false });
    expect(lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
  });

  test("says why it cannot be written, and leaves nothing behind", () => {
    const folder = createScratch("write");
    expect(() => writeFileWhole(join(folder, "none", "file"), "", { secret: true })).toThrow(
      expect.objectContaining({ code: "ERR_OUTPUT", hints: ["make its folder first"] }),
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a secret of which there is one", () => {
  test("is made once, for its owner alone, and is the same for all afterwards", () => {
    const folder = createScratch("write");
    const path = join(folder, "secret");
    createSecretOnce(path, "first");
    createSecretOnce(path, "second");
    expect(readFileSync(path, "utf8")).toBe("first");
    expect(modeOf(path)).toBe(posix ? 0o600 : 0o666);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  test("is not made where there is no folder", () => {
    expect(() => createSecretOnce(join(createScratch("write"), "none", "secret"), "")).toThrow("ENOENT");
  });
});

describe("what keeps a file from being written", () => {
  test.each([
    ["EACCES", "permission denied (EACCES)", "choose a folder that you may write to"],
    ["EROFS", "the file system is read-only (EROFS)", "choose a folder that you may write to"],
    ["ENOSPC", "the disk is full (ENOSPC)", "free some space"],
    ["EISDIR", "it is a folder (EISDIR)", "name a file in it"],
    ["EBUSY", "another program has it open (EBUSY)", "close that program"],
    ["EMFILE", "error EMFILE", "check the path and the modes of the file and its folder"],
  ])("is told by %s", (code, reason, hint) => {
    const cause = Object.assign(new Error("system"), { code });
    expect(cannotWrite("/a/file", cause)).toMatchObject({
      code: "ERR_OUTPUT",
      message: `cannot write "/a/file": ${reason}`,
      hints: [hint],
      cause,
    });
  });

  test("is told as it stands when it has words already, and as unknown without a code", () => {
    const told = cannotWrite("/a/file", { code: "EBUSY" });
    expect(cannotWrite("/b", told)).toBe(told);
    expect(cannotWrite("/a/file", new Error("odd")).message).toBe('cannot write "/a/file": error unknown fault');
  });
});

describe.skipIf(!posix)("the user's own folder for locks", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("is below the home, for the user alone", () => {
    const home = createScratch("home");
    vi.stubEnv("HOME", home);
    const folder = ownFolder();
    expect(folder).toBe(join(home, ".cache", "rolesanywhere-ts", "locks"));
    expect(modeOf(folder)).toBe(0o700);
    expect(ownFolder()).toBe(folder);
  });

  test("is in the temporary folder when the home takes none or others can write to it", () => {
    const [home, temporary] = [createScratch("home"), createScratch("temporary")];
    vi.stubEnv("HOME", home);
    vi.stubEnv("TMPDIR", temporary);
    const fallback = join(temporary, `rolesanywhere-ts-${process.geteuid?.()}`);
    chmodSync(ownFolder(), 0o770);
    expect(ownFolder()).toBe(fallback);
    vi.stubEnv("HOME", "/dev/null");
    expect(ownFolder()).toBe(fallback);
    chmodSync(fallback, 0o777);
    expect(() => ownFolder()).toThrow(
      expect.objectContaining({
        code: "ERR_OUTPUT",
        message: `no folder for a lock: /dev/null/.cache/rolesanywhere-ts/locks cannot be made (ENOTDIR); ${fallback} lets others write to it`,
      }),
    );
  });
});
