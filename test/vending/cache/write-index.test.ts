import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Identity } from "../../../src/identity/identity.js";
import { indexPath, readIndexRecord } from "../../../src/vending/cache/invocation-index.js";
import type { SessionSlot } from "../../../src/vending/cache/session-slot.js";
import { writeIndexRecord } from "../../../src/vending/cache/write-index.js";
import { createScratch } from "../../support/scratch.js";

const validTo = "Jan  1 00:00:00 2027 GMT";
/** The stamp of a file counts its change, which nobody can set back. */
const later = () => Date.now() + 60_000;

function written(change: { startedMs?: number; files?: "none"; relative?: boolean; elsewhere?: boolean } = {}) {
  const scratch = createScratch("index");
  const folder = join(scratch, "cache");
  mkdirSync(folder, { mode: 0o700 });
  const key = join(scratch, "client.pem");
  writeFileSync(key, "KEY");
  utimesSync(key, 1, 1);
  const config = change.relative === true ? "no/such/config" : join(scratch, "config");
  const lines: unknown[] = [];
  const run = {
    argv: ["credential-process", "--cache-dir", folder],
    variables: {},
    homeDirectory: undefined,
    platform: process.platform,
    workingDirectory: scratch,
    settingsFiles: [config],
    startedMs: change.startedMs ?? later(),
  };
  const slot = { folder: change.elsewhere === true ? scratch : folder, entryName: `${"a".repeat(64)}.session` };
  const identity = { keyMaterial: change.files === "none" ? undefined : { files: [key] }, leaf: { x509: { validTo } } };
  writeIndexRecord({
    run,
    slot: slot as unknown as SessionSlot,
    identity: identity as unknown as Identity,
    windowSeconds: undefined,
    debug: (line) => lines.push(line),
  });
  return { record: readIndexRecord(indexPath(folder, run)), lines, key, config, scratch };
}

describe("the record of an invocation", () => {
  it("names the entry, the files that decided, and the certificate's end", () => {
    const { record, key, config } = written();
    expect(record).toMatchObject({ entry: `${"a".repeat(64)}.session`, workingDirectory: null, windowSeconds: null });
    expect(record?.files.map(([path]) => path)).toEqual([key, config]);
    expect(record?.untilMs).toBe(Date.parse(validTo));
  });

  it("is of one working folder where a path is relative to it", () => {
    const { record, scratch } = written({ relative: true });
    expect(record?.workingDirectory).toBe(scratch);
  });

  it("is not written while a file may have changed unseen", () => {
    const { record, lines } = written({ startedMs: Date.now() });
    expect(record).toBeUndefined();
    expect(lines).toEqual(["cache: not indexed: a file was changed just now"]);
  });

  it("is not written for a key that is no file, nor for another folder than the line's", () => {
    expect(written({ files: "none" }).record).toBeUndefined();
    expect(written({ elsewhere: true }).record).toBeUndefined();
  });
});
