import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certificateFromDer } from "../../../src/identity/certificate/parsed.js";
import { indexPath, readIndexRecord } from "../../../src/vending/cache/invocation-index.js";
import { keepFile } from "../../../src/vending/cache/keep-file.js";
import { createSlot } from "../../../src/vending/cache/session-slot.js";
import { writeIndexRecord } from "../../../src/vending/cache/write-index.js";
import { createPki } from "../../support/pki.js";
import { createScratch } from "../../support/scratch.js";

const key = "a".repeat(64);
const leaf = certificateFromDer(createPki().leaf("ec-p256").der);

function arrange() {
  const home = createScratch("index");
  const folder = join(home, ".cache", "rolesanywhere-ts");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string, ageSeconds: number) => {
    const path = join(home, name);
    writeFileSync(path, name);
    const at = Date.now() / 1000 - ageSeconds;
    utimesSync(path, at, at);
    return path;
  };
  const [keyFile, config] = [file("k.pem", 100), file("config", 100)];
  const lines: string[] = [];
  const invocation = { argv: ["credential-process"], variables: {}, homeDirectory: home, platform: "linux" } as const;
  const run = {
    ...invocation,
    workingDirectory: home,
    settingsFiles: [config],
    startedMs: Date.now() + 10_000,
    region: "eu-west-1",
  };
  const slot = createSlot(folder, key, Buffer.from("key"), () => undefined);
  const update = {
    run,
    slot,
    identityFiles: [keyFile],
    untilMs: Date.parse(leaf.x509.validTo),
    windowSeconds: undefined,
    debug: (line: unknown) => void lines.push(String(line)),
  };
  const record = () => readIndexRecord(indexPath(folder, invocation));
  return { home, folder, keyFile, config, lines, update, run, record, file };
}

describe("the record of an invocation", () => {
  it("names the entry, the files that decided it and when it ends", () => {
    const { folder, keyFile, config, lines, update, record } = arrange();
    writeIndexRecord({ ...update, windowSeconds: 300 });
    expect(record()).toMatchObject({
      entry: `${key}.session`,
      workingDirectory: null,
      windowSeconds: 300,
      untilMs: Date.parse(leaf.x509.validTo),
      region: "eu-west-1",
    });
    expect(record()?.files.map(([path]) => path)).toEqual([keyFile, config]);
    const [name = ""] = readdirSync(folder);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
    const { ino } = statSync(join(folder, name));
    writeIndexRecord({ ...update, windowSeconds: 300 });
    expect(statSync(join(folder, name)).ino).toBe(ino);
    writeIndexRecord(update);
    expect(record()?.windowSeconds).toBeNull();
    expect(lines).toEqual([]);
  });

  it("is not made while a file is so young that its stamp may not show another change", () => {
    const { lines, update, run, record, config } = arrange();
    const changedMs = Math.ceil(statSync(config).ctimeMs);
    writeIndexRecord({ ...update, run: { ...run, startedMs: changedMs + 1_990 } });
    expect(record()).toBeUndefined();
    expect(lines).toEqual(["cache: not indexed: a file was changed just now"]);
    writeIndexRecord({ ...update, run: { ...run, startedMs: changedMs + 2_100 } });
    expect(record()).toBeDefined();
  });

  it("holds where relative paths begin", () => {
    const { update, run, record, home } = arrange();
    writeIndexRecord({ ...update, run: { ...run, settingsFiles: ["nowhere/config"] } });
    expect(record()?.workingDirectory).toBe(home);
  });

  it("is not made without a key in a file, nor for another folder than the invocation names", () => {
    const { update, record } = arrange();
    writeIndexRecord({ ...update, identityFiles: undefined });
    const slot = createSlot(createScratch("other"), key, Buffer.from("key"), () => undefined);
    writeIndexRecord({ ...update, slot });
    expect(record()).toBeUndefined();
  });
});

describe("a file of the cache", () => {
  it("is put in place whole, for its owner alone, and leaves nothing behind", () => {
    const folder = createScratch("keep");
    const path = join(folder, "file");
    keepFile(path, "one");
    keepFile(path, Buffer.from("two"));
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(process.platform === "win32" ? 0o666 : 0o600);
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(() => keepFile(join(folder, "none", "file"), "")).toThrow("ENOENT");
  });
});
