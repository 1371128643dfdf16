import { linkSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { editSharedFile } from "../../src/aws/edit-shared-file.js";
import { createScratch } from "../support/scratch.js";

/** An edit during which, `times` times, another program does something to the file. */
function editWhile(happen: (time: number) => void, times = 1) {
  let time = 0;
  return {
    edit: {
      header: "p",
      changes: { k: "new" },
      matches: (header: string) => {
        if (time < times) happen(time++);
        return header === "p";
      },
    },
    count: () => time,
  };
}

function scratchFile(content: string): string {
  const file = join(createScratch("race"), "credentials");
  writeFileSync(file, content, { mode: 0o600 });
  return file;
}

describe("a shared file that another program changes while it is edited", () => {
  test("keeps the other program's change, and gets this one", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const { edit } = editWhile(() => writeFileSync(file, "[p]\nk = old\n[other]\na = 1\n"));
    await editSharedFile(file, edit, { secret: true });
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[other]\na = 1\n");
  });

  test("keeps it when the size is the same", async () => {
    const file = scratchFile("[p]\nk = old\n[q]\na = 1\n");
    utimesSync(file, 1, 1);
    const { edit } = editWhile(() => writeFileSync(file, "[p]\nk = old\n[q]\na = 2\n"));
    await editSharedFile(file, edit, { secret: true });
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[q]\na = 2\n");
  });

  test("keeps it when the file was replaced by another of the same size and time", async () => {
    const file = scratchFile("[p]\nk = old\n[q]\na = 1\n");
    utimesSync(file, 1, 1);
    const { edit } = editWhile(() => {
      const other = join(dirname(file), "other");
      writeFileSync(other, "[p]\nk = old\n[q]\na = 2\n", { mode: 0o600 });
      utimesSync(other, 1, 1);
      unlinkSync(file);
      linkSync(other, file);
      unlinkSync(other);
    });
    await editSharedFile(file, edit, { secret: true });
    expect(readFileSync(file, "utf8")).toBe("[p]\nk = new\n[q]\na = 2\n");
  });

  test("is not edited for ever", async () => {
    const file = scratchFile("[p]\nk = old\n");
    const { edit, count } = editWhile((time) => writeFileSync(file, `[p]\nk = old${"\n".repeat(time + 2)}`), 1_000);
    await expect(editSharedFile(file, edit, { secret: true })).rejects.toMatchObject({ code: "ERR_OUTPUT" });
    // Each attempt asks twice, for the two sections that there may be.
    expect(count() % 20).toBe(0);
    expect(readdirSync(dirname(file))).toEqual(["credentials"]);
  });
});
