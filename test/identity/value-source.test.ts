import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseValueSource, readDescriptor, readVariable } from "../../src/identity/value-source.js";
import { createScratch } from "../support/scratch.js";

const origin = { kind: "flag", name: "--certificate" } as const;

describe("where a value stands", () => {
  it.each([
    ["client.pem", { kind: "file", path: "client.pem" }],
    ["~/client.pem", { kind: "file", path: "~/client.pem" }],
    ["file:client.pem", { kind: "file", path: "client.pem" }],
    ["file:///etc/client.pem", { kind: "file", path: "/etc/client.pem" }],
    ["file:env:X", { kind: "file", path: "env:X" }],
    ["env:PEM", { kind: "environment", name: "PEM" }],
    ["fd:3", { kind: "descriptor", fd: 3 }],
    ["-", { kind: "descriptor", fd: 0 }],
  ])("reads %s", (text, source) => {
    expect(parseValueSource(text, origin)).toEqual(source);
  });

  it.each(["fd:", "fd:x", "fd:-1"])("refuses %s", (text) => {
    expect(() => parseValueSource(text, origin)).toThrow(`--certificate is "${text}", expected a number after fd:`);
  });

  it("says when a variable is not there or empty", () => {
    expect(readVariable("A", { A: "text" }, origin).toString()).toBe("text");
    expect(() => readVariable("A", {}, origin)).toThrow(
      "--certificate names the environment variable A, which is not set",
    );
    expect(() => readVariable("A", { A: "" }, origin)).toThrow("which is empty");
  });

  it("reads a descriptor once and gives the same bytes to who asks again", () => {
    const file = join(createScratch(), "value");
    const text = "x".repeat(200_000);
    writeFileSync(file, text);
    const fd = openSync(file, "r");
    expect(readDescriptor(fd, origin).toString()).toBe(text);
    expect(readDescriptor(fd, origin).toString()).toBe(text);
    // It stays open: another file must not get its number while the bytes are remembered under it.
  });

  it("says when a descriptor is not open, empty or endless", () => {
    expect(() => readDescriptor(987_654, origin)).toThrow(
      "--certificate names file descriptor 987654, which is not open",
    );
    const file = join(createScratch(), "empty");
    writeFileSync(file, "");
    const empty = openSync(file, "r");
    expect(() => readDescriptor(empty, origin)).toThrow("which gave nothing");
    closeSync(empty);
    const endless = openSync("/dev/zero", "r");
    expect(() => readDescriptor(endless, origin)).toThrow("which gave more than 4194304 bytes");
    closeSync(endless);
  });
});
