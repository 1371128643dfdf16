import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { answerFromIndex } from "../../../src/vending/cache/answer-from-index.js";
import { sealEntry } from "../../../src/vending/cache/entry.js";
import type { Entry } from "../../../src/vending/cache/entry.js";
import { stampFile } from "../../../src/vending/cache/file-stamp.js";
import { indexPath } from "../../../src/vending/cache/invocation-index.js";
import type { IndexRecord } from "../../../src/vending/cache/invocation-index.js";
import { heldOff, keptSession } from "../../support/kept-session.js";
import { createScratch } from "../../support/scratch.js";

const nowMs = Date.UTC(2026, 0, 1, 12);
const minute = 60_000;
let cache: string;
let key: string;
let config: string;

beforeEach(() => {
  const folder = createScratch("index");
  cache = join(folder, "cache");
  mkdirSync(cache, { mode: 0o700 });
  key = join(folder, "client.pem");
  writeFileSync(key, "KEY");
  config = join(folder, "config");
});

const invocation = () => ({
  argv: ["credential-process", "--cache-dir", cache],
  variables: {},
  homeDirectory: undefined,
  platform: "linux" as const,
});

/** What a later run finds of a kept session, `record` changing the index. */
function find(entry: Entry, record: Partial<IndexRecord> = {}, workingDirectory = "/there"): string | undefined {
  const name = `${"0".repeat(64)}.session`;
  writeFileSync(join(cache, name), sealEntry(entry, name, readFileSync(key)), { mode: 0o600 });
  const whole: IndexRecord = {
    entry: name,
    files: [key, config].map((path) => [path, stampFile(path)?.stamp ?? ""]),
    workingDirectory: null,
    windowSeconds: null,
    untilMs: nowMs + 1,
    region: "eu-west-1",
    ...record,
  };
  writeFileSync(indexPath(cache, invocation()), JSON.stringify(whole), { mode: 0o600 });
  return answer(workingDirectory);
}

const answer = (workingDirectory = "/there") =>
  answerFromIndex(invocation(), () => workingDirectory, nowMs)?.credentials.accessKeyId;

describe("the fast answer", () => {
  it("is the session that is kept, while it is fresh", () => {
    expect(find(keptSession(nowMs, 0))).toBe("ASIAKEPT");
    expect(find(keptSession(nowMs, 39))).toBe("ASIAKEPT");
    expect(find(keptSession(nowMs, 41))).toBeUndefined();
  });

  it("goes by the window of the run that was indexed", () => {
    expect(find(keptSession(nowMs, 54), { windowSeconds: 300 })).toBe("ASIAKEPT");
    expect(find(keptSession(nowMs, 39), { windowSeconds: 1_800 })).toBeUndefined();
  });

  it("is no session past its end", () => {
    for (const minutes of [59, 60, 61, 600]) expect(find(keptSession(nowMs, minutes))).toBeUndefined();
    for (const minutes of [59, 60, 61, 600])
      expect(find(keptSession(nowMs, minutes), { windowSeconds: 0 })).toBeUndefined();
  });

  it("is a session whose renewal is held off until its end, and not beyond", () => {
    const holdOff = heldOff(nowMs);
    expect(find(keptSession(nowMs, 50, { holdOff }))).toBe("ASIAKEPT");
    expect(find(keptSession(nowMs, 50))).toBeUndefined();
    for (const minutes of [59, 60, 61, 600]) expect(find(keptSession(nowMs, minutes, { holdOff }))).toBeUndefined();
    expect(find(keptSession(nowMs, 50, { holdOff: { untilMs: nowMs, attempts: 1 } }))).toBeUndefined();
  });

  it("ends with the certificate", () => {
    expect(find(keptSession(nowMs, 0), { untilMs: nowMs + 1 })).toBe("ASIAKEPT");
    expect(find(keptSession(nowMs, 0), { untilMs: nowMs })).toBeUndefined();
    expect(find(keptSession(nowMs, 0), { untilMs: nowMs - 30 * 24 * 60 * minute })).toBeUndefined();
  });

  it("ends when a file that decided it changes, comes or goes", () => {
    find(keptSession(nowMs, 0));
    expect(answer()).toBe("ASIAKEPT");
    writeFileSync(config, "[default]\n");
    expect(answer()).toBeUndefined();
    expect(find(keptSession(nowMs, 0))).toBe("ASIAKEPT");
    utimesSync(config, 1, 1);
    expect(answer()).toBeUndefined();
  });

  it("with relative paths counts in the folder that it was indexed in", () => {
    expect(find(keptSession(nowMs, 0), { workingDirectory: "/there" })).toBe("ASIAKEPT");
    expect(find(keptSession(nowMs, 0), { workingDirectory: "/elsewhere" })).toBeUndefined();
  });

  it("needs a record with a key file and a folder of the user's alone", () => {
    expect(find(keptSession(nowMs, 0), { files: [] })).toBeUndefined();
    expect(find(keptSession(nowMs, 0), { entry: "other.session" })).toBeUndefined();
    expect(find(keptSession(nowMs, 0))).toBe("ASIAKEPT");
    chmodSync(cache, 0o755);
    expect(answer()).toBeUndefined();
  });

  it("is none without any record", () => {
    expect(answer()).toBeUndefined();
    expect(answerFromIndex({ ...invocation(), argv: [] }, () => "/", nowMs)).toBeUndefined();
  });
});
