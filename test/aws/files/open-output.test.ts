import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmptyFile, openOutput, placeOutput, writeWhole } from "../../../src/aws/files/open-output.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "atomic-output-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("openOutput", () => {
  it("shows the file under its name only after commit", async () => {
    const path = join(folder, "rows.csv");
    const output = await openOutput(path);
    await output.write(Buffer.from("a\n"));
    expect(await readdir(folder)).not.toContain("rows.csv");
    await output.commit();
    expect(await readdir(folder)).toEqual(["rows.csv"]);
    expect(await readFile(path, "utf8")).toBe("a\n");
  });

  it("leaves the old file as it was after abort", async () => {
    const path = join(folder, "rows.csv");
    await writeFile(path, "old");
    const output = await openOutput(path);
    await output.write(Buffer.from("new"));
    await output.abort();
    expect(await readdir(folder)).toEqual(["rows.csv"]);
    expect(await readFile(path, "utf8")).toBe("old");
  });

  it("says what is wrong with a path", async () => {
    await expect(openOutput(join(folder, "none", "rows.csv"))).rejects.toMatchObject({
      code: "ERR_OUTPUT",
      message: expect.stringContaining("its folder does not exist"),
    });
    await expect(openOutput(folder)).rejects.toMatchObject({
      message: expect.stringContaining("(directory)"),
    });
  });
});

describe.skipIf(process.platform === "win32")("an output that is no file", () => {
  it("gets what is written at its end, and is closed once", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = readFile(pipe, "utf8");
    const output = await openOutput(pipe);
    await output.write(Buffer.from("a\n"));
    await output.write(Buffer.from("b\n"));
    await output.commit();
    await output.abort();
    expect(await reader).toBe("a\nb\n");
    await expect(openOutput(pipe, { secret: true })).rejects.toMatchObject({ code: "ERR_OUTPUT" });
  });

  it("tells that it takes no more", async () => {
    const output = await openOutput("/dev/full");
    await expect(output.write(Buffer.from("a\n"))).rejects.toThrow('cannot write "/dev/full": the disk is full');
    await output.abort();
  });
});

describe("a file that is filled by many", () => {
  it("begins empty, in the place of a link or a pipe, and takes bytes at a position", async () => {
    const [path, other] = [join(folder, "whole"), join(folder, "other")];
    await writeFile(other, "theirs");
    await symlink(other, path);
    const handle = await openEmptyFile(path);
    await writeWhole(handle, Buffer.from("def"), path, 3);
    await writeWhole(handle, Buffer.from("abc"), path, 0);
    await handle.close();
    expect(await readFile(path, "utf8")).toBe("abcdef");
    expect(await readFile(other, "utf8")).toBe("theirs");
    await (await openEmptyFile(path)).close();
    expect(await readFile(path, "utf8")).toBe("");
  });

  it("gets its name with the mode of the file that it replaces", async () => {
    const [from, path] = [join(folder, "parts"), join(folder, "rows.csv")];
    await writeFile(from, "new");
    await writeFile(path, "old", { mode: 0o640 });
    placeOutput(from, path);
    expect(await readdir(folder)).toEqual(["rows.csv"]);
    expect(await readFile(path, "utf8")).toBe("new");
    const kept = process.platform === "win32" ? 0o666 : 0o640;
    expect((await stat(path)).mode & 0o777).toBe(kept);
    await writeFile(from, "again");
    expect(() => placeOutput(from, join(folder, "none", "rows.csv"))).toThrow("its folder does not exist");
  });
});
