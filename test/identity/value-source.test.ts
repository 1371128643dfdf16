import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDescriptor, readVariable } from "../../src/identity/value-source.js";
import { createScratch } from "../support/scratch.js";

const origin = { kind: "flag", setting: "certificate" } as const;

describe("a value elsewhere", () => {
  it("says when a variable is not there or empty", () => {
    expect(readVariable("A", { A: "text" }, origin).toString()).toBe("text");
    expect(() => readVariable("A", {}, origin)).toThrow(
      "--certificate names the environment variable A, which is not set",
    );
    expect(() => readVariable("A", { A: "" }, origin)).toThrow("which is empty");
  });

  it("reads a descriptor once a run and gives the same bytes to who asks again in it", async () => {
    const memory = new Map<number, Buffer>();
    const file = join(createScratch(), "value");
    const text = "x".repeat(200_000);
    writeFileSync(file, text);
    const fd = openSync(file, "r");
    expect((await readDescriptor(fd, memory, origin)).toString()).toBe(text);
    expect((await readDescriptor(fd, memory, origin)).toString()).toBe(text);
    await expect(readDescriptor(fd, new Map(), origin)).rejects.toThrow("which gave nothing");
    closeSync(fd);
    // Another file under the same number is another run's own.
    const next = join(createScratch(), "next");
    writeFileSync(next, "next");
    const again = openSync(next, "r");
    expect((await readDescriptor(again, new Map(), origin)).toString()).toBe("next");
    closeSync(again);
  });

  it("says when a descriptor is not open, empty or endless", async () => {
    await expect(readDescriptor(987_654, new Map(), origin)).rejects.toThrow(
      "--certificate names file descriptor 987654, which is not open",
    );
    const file = join(createScratch(), "empty");
    writeFileSync(file, "");
    const empty = openSync(file, "r");
    await expect(readDescriptor(empty, new Map(), origin)).rejects.toThrow("which gave nothing");
    closeSync(empty);
    const endless = openSync("/dev/zero", "r");
    await expect(readDescriptor(endless, new Map(), origin)).rejects.toThrow(
      "which cannot be read: it gives more than 4194304 bytes",
    );
    closeSync(endless);
  });
});
