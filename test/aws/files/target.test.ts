import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findFile, findTarget } from "../../../src/aws/files/target.js";
import { createScratch } from "../../support/scratch.js";
import { requireCondition } from "../../support/tools.js";

const plain = { secret: false };
const secret = { secret: true };
const posix = requireCondition("pipes, sockets and devices", process.platform !== "win32", "a POSIX system");

describe("a path to be written", () => {
  test("leads to a new file, or to the file that is there", () => {
    const folder = createScratch("target");
    const path = join(folder, "rows.csv");
    expect(findTarget(path, plain)).toEqual({ kind: "file", path, present: undefined });
    writeFileSync(path, "four");
    expect(findTarget(path, secret)).toMatchObject({ kind: "file", path, present: { size: 4 } });
  });

  test("leads on through links, relative ones too, also to a file that is not there yet", () => {
    const folder = createScratch("target");
    mkdirSync(join(folder, "deep"));
    symlinkSync("deep/second", join(folder, "first"));
    symlinkSync(join("..", "whole"), join(folder, "deep", "second"));
    expect(findTarget(join(folder, "first"), secret)).toEqual({
      kind: "file",
      path: join(folder, "whole"),
      present: undefined,
    });
  });

  test("of forty links or more is refused", () => {
    const folder = createScratch("target");
    for (let link = 1; link <= 40; link++) symlinkSync(`link${link - 1}`, join(folder, `link${link}`));
    expect(findTarget(join(folder, "link39"), plain)).toMatchObject({ path: join(folder, "link0") });
    expect(() => findTarget(join(folder, "link40"), plain)).toThrow("too many symbolic links (ELOOP)");
  });

  test("below a file is refused", () => {
    const folder = createScratch("target");
    writeFileSync(join(folder, "file"), "");
    expect(() => findTarget(join(folder, "file", "rows.csv"), plain)).toThrow("a part of the path is not a folder");
  });

  test.each([
    [plain, "output"],
    [secret, "credentials"],
  ])("that is a folder is refused, with a name that it could have: %j", (options, name) => {
    const folder = createScratch("target");
    expect(() => findTarget(folder, options)).toThrow(
      expect.objectContaining({
        code: "ERR_OUTPUT",
        message: `"${folder}" is a folder (directory), expected a file`,
        hints: [`name a file in it, such as ${join(folder, name)}`],
      }),
    );
  });
});

describe.skipIf(!posix)("what is no file", () => {
  test("takes bytes as they come, but no secret", () => {
    const pipe = join(createScratch("target"), "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(findTarget(pipe, plain)).toEqual({ kind: "stream", path: pipe });
    expect(findTarget("/dev/null", plain)).toEqual({ kind: "stream", path: "/dev/null" });
    expect(() => findTarget(pipe, secret)).toThrow(`"${pipe}" is a named pipe, expected a regular file`);
    expect(() => findTarget("/dev/null", secret)).toThrow('"/dev/null" is a device, expected a regular file');
  });

  test("is refused where a file alone will do", () => {
    expect(() => findFile("/dev/null", plain)).toThrow('"/dev/null" is a device, expected a regular file');
    const path = join(createScratch("target"), "new");
    expect(findFile(path, plain)).toEqual({ kind: "file", path, present: undefined });
  });

  test("is an open descriptor by its name, which takes no secret", () => {
    expect(findTarget("/dev/stdout", plain).kind).toBe("stream");
    expect(() => findTarget("/dev/stdout", secret)).toThrow("is an open descriptor, expected a regular file");
  });

  test("is refused when it is a socket, for whatever is written", async () => {
    const path = join(createScratch("target"), "socket");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      for (const options of [plain, secret]) expect(() => findTarget(path, options)).toThrow(`"${path}" is a socket`);
    } finally {
      server.close();
    }
  });
});
