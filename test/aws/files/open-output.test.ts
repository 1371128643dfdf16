import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openOutput } from "../../../src/aws/files/open-output.js";

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
