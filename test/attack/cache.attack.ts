import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sealEntry } from "../../src/vending/cache/entry.js";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { programWords, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";

const isRoot = requireCondition("cache files of another user", process.getuid?.() === 0, "being root");
const canSwitch = isRoot && requireTools("another user at the cache", "setpriv");
const stranger = 12_345;
/** Whatever is planted, a run ends well before a person would wonder. */
const patienceMs = 20_000;

let identity: CachedIdentity;
let kept: ReadonlyMap<string, Buffer>;
let victim: string;
const at = (name: string) => join(identity.cacheFolder, name);
const nameOf = (ending: string) => [...kept.keys()].find((name) => name.endsWith(ending)) ?? "";
const bytesOf = (ending: string) => kept.get(nameOf(ending)) ?? Buffer.alloc(0);

beforeAll(async () => {
  identity = await createCachedIdentity();
  // Files that were changed in the last two seconds are not indexed.
  await vi.waitFor(
    async () => {
      await identity.run();
      if (identity.files(".index").length !== 1) throw new Error("not indexed yet");
    },
    { timeout: 20_000, interval: 500 },
  );
  kept = new Map(readdirSync(identity.cacheFolder).map((name) => [name, readFileSync(at(name))]));
  victim = join(createScratch("victim"), "victim");
});
afterAll(() => identity.emulator.stop());
beforeEach(() => {
  rmSync(identity.cacheFolder, { recursive: true, force: true });
  mkdirSync(identity.cacheFolder, { mode: 0o700, recursive: true });
  for (const [name, bytes] of kept) writeFileSync(at(name), bytes, { mode: 0o600 });
  writeFileSync(victim, "the victim's own words");
  identity.takeCount();
});

/** A run gives a session that the service gave, in time, and leaves what is not its own alone. */
async function expectAnswer(
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const startedMs = performance.now();
  const { stdout, stderr, status } = await identity.run(words, env);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(performance.now() - startedMs).toBeLessThan(patienceMs);
  expect(readFileSync(victim, "utf8")).toBe("the victim's own words");
  const { AccessKeyId } = JSON.parse(stdout) as { AccessKeyId: string };
  expect(AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
  return AccessKeyId;
}

function flip(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[position] = (copy[position] ?? 0) ^ 0x40;
  return copy;
}

function replace(path: string, make: () => void): void {
  rmSync(path, { recursive: true, force: true });
  make();
}

const newline = 0x0a;
const contents: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  emptied: () => Buffer.alloc(0),
  "one octet": () => Buffer.of(0),
  "line ends": () => Buffer.from("\n\n\n"),
  "an empty object": () => Buffer.from("{}\n"),
  null: () => Buffer.from("null\n"),
  "an array": () => Buffer.from("[[[[]]]]\n"),
  "a deep array": () => Buffer.from("[".repeat(60_000)),
  "a number": () => Buffer.from("1e999\n"),
  "a prototype": () => Buffer.from('{"__proto__":{"entry":"x","files":[]},"version":1}\n'),
  noise: (bytes) => Buffer.from(bytes.map((octet) => octet ^ 0xa5)),
  "a megabyte": () => Buffer.alloc(1024 * 1024, "x"),
  "cut in half": (bytes) => bytes.subarray(0, bytes.length >> 1),
  "cut by one octet": (bytes) => bytes.subarray(0, -1),
  "longer by one octet": (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
  "changed in its first octets": (bytes) => flip(bytes, 3),
  "changed in its last octet": (bytes) => flip(bytes, bytes.length - 1),
};

const things: Readonly<Record<string, (path: string) => void>> = {
  "a link to itself": (path) => symlinkSync(path, path),
  "a link to a file of somebody": (path) => symlinkSync(victim, path),
  "a link to a device without end": (path) => symlinkSync("/dev/zero", path),
  "a hard link to a file of somebody": (path) => linkSync(victim, path),
  "a FIFO": (path) => execFileSync("mkfifo", [path]),
  "a folder": (path) => mkdirSync(path),
  "a folder with files": (path) => {
    mkdirSync(path);
    writeFileSync(join(path, "file"), "x");
  },
};

describe.each([".session", ".index", ".failure"])("a planted %s", (ending) => {
  const path = () => at(nameOf(ending) || nameOf(".session").replace(".session", ending));

  it.each(Object.keys(contents))("that is %s is a miss", async (what) => {
    writeFileSync(path(), contents[what]?.(bytesOf(ending) ?? Buffer.alloc(8)) ?? "", { mode: 0o600 });
    await expectAnswer();
  });

  it.each(Object.keys(things))("that is %s is a miss", async (what) => {
    const target = path();
    replace(target, () => things[what]?.(target));
    await expectAnswer();
  });
});

describe("a session", () => {
  const session = () => at(nameOf(".session"));

  it.each([0o644, 0o666, 0o640, 0o620, 0o602])("of mode %o is a miss", async (mode) => {
    chmodSync(session(), mode);
    await expectAnswer();
    expect(identity.takeCount()).toBe(1);
  });

  it.skipIf(!isRoot)("of another user is a miss", async () => {
    chownSync(session(), stranger, stranger);
    await expectAnswer();
    expect(identity.takeCount()).toBe(1);
  });

  it("sealed with another key is a miss", async () => {
    const forged = { accessKeyId: "ASIAPLANTEDPLANTED00", secretAccessKey: "s", sessionToken: "t" };
    const endMs = Date.now() + 3600_000;
    const credentials = { ...forged, expiration: new Date(endMs) };
    const header = { obtainedMs: Date.now(), endMs, jitter: 0.5, roleArn: identity.roleArn("Demo"), source: "x" };
    const name = nameOf(".session");
    writeFileSync(session(), sealEntry({ ...header, credentials }, name, Buffer.alloc(32)));
    expect(await expectAnswer()).not.toBe(forged.accessKeyId);
    expect(identity.takeCount()).toBe(1);
  });

  it("of another question under this one's name is a miss", async () => {
    await expectAnswer(["--session-duration", "1800"]);
    const [foreign = ""] = identity.files(".session").filter((name) => name !== nameOf(".session"));
    writeFileSync(session(), readFileSync(at(foreign)));
    identity.takeCount();
    await expectAnswer();
    expect(identity.takeCount()).toBe(1);
  });

  it("whose end was moved in its open header is a miss", async () => {
    const bytes = bytesOf(".session");
    const end = bytes.indexOf(newline);
    const header = JSON.parse(bytes.subarray(0, end).toString("utf8")) as Record<string, unknown>;
    const line = Buffer.from(JSON.stringify({ ...header, endMs: Date.now() + 9e9 }));
    writeFileSync(session(), Buffer.concat([line, bytes.subarray(end)]));
    await expectAnswer();
    expect(identity.takeCount()).toBe(1);
  });

  it("that has ended is a miss when it is put back", async () => {
    identity.age(61);
    const old = readFileSync(session());
    const ended = await expectAnswer();
    writeFileSync(session(), old);
    expect(await expectAnswer()).not.toBe(ended);
    expect(identity.takeCount()).toBe(2);
  });

  it("under another name is no answer", async () => {
    renameSync(session(), at(`${"0".repeat(64)}.session`));
    await expectAnswer();
    expect(identity.takeCount()).toBe(1);
  });
});

describe("a record of the index", () => {
  function rewrite(change: (record: Record<string, unknown>) => unknown): void {
    const record = JSON.parse(bytesOf(".index").toString("utf8")) as Record<string, unknown>;
    writeFileSync(at(nameOf(".index")), JSON.stringify(change(record)));
  }

  it.each<[string, (record: Record<string, unknown>) => unknown]>([
    ["names a session outside the folder", (record) => ({ ...record, entry: "../../victim" })],
    ["names an absolute path", (record) => ({ ...record, entry: "/etc/passwd" })],
    ["names the folder", (record) => ({ ...record, entry: "." })],
    ["names nothing", (record) => ({ ...record, entry: "" })],
    ["names a file with a zero octet", (record) => ({ ...record, entry: "a\0b" })],
    ["has no files", (record) => ({ ...record, files: [] })],
    ["has files that are numbers", (record) => ({ ...record, files: [1, 2] })],
    ["has null for a file", (record) => ({ ...record, files: [null] })],
    ["has files without stamps", (record) => ({ ...record, files: [["/etc/passwd"]] })],
    ["has a file with a zero octet", (record) => ({ ...record, files: [["a\0b", "x"]] })],
    ["has a device for a file", (record) => ({ ...record, files: [["/dev/zero", "x"]] })],
    ["has objects for a time", (record) => ({ ...record, untilMs: {} })],
    ["has a window of text", (record) => ({ ...record, windowSeconds: "all" })],
    ["has a working folder of another kind", (record) => ({ ...record, workingDirectory: 7 })],
  ])("that %s is a miss", async (_, change) => {
    rewrite(change);
    await expectAnswer();
  });

  it("that leaves the key's stamp out does not outlive the key", async () => {
    rewrite((record) => ({ ...record, files: [] }));
    const before = await expectAnswer();
    const certificate = readFileSync(identity.certificatePath);
    try {
      identity.rotate({ subject: [["CN", "rotated"]] });
      expect(await expectAnswer()).not.toBe(before);
    } finally {
      writeFileSync(identity.certificatePath, certificate);
    }
  });
});

describe("a lock", () => {
  const lock = () => at(nameOf(".session").replace(".session", ".lock"));
  // Nothing is kept, so that a run has to take the lock.
  beforeEach(() => {
    for (const name of kept.keys()) rmSync(at(name));
  });

  it.each(Object.keys(things))("that is %s delays nobody", async (what) => {
    things[what]?.(lock());
    await expectAnswer();
  });

  it.each([
    ["empty", ""],
    ["of noise", "\0\u00ff{"],
    ["of process 1", JSON.stringify({ token: "t", pid: 1, started: "0", space: "elsewhere" })],
    ["of a process that is gone", JSON.stringify({ token: "t", pid: 4_194_303, started: "1", space: "" })],
    ["with a negative process", JSON.stringify({ token: "t", pid: -1, started: "1", space: "" })],
    ["with members of other kinds", JSON.stringify({ token: {}, pid: "1", started: [], space: null })],
    ["of a megabyte", "x".repeat(1024 * 1024)],
  ])("%s is taken over in time", async (_, text) => {
    writeFileSync(lock(), text, { mode: 0o600 });
    await expectAnswer();
  });

  it("from the future is taken over in time", async () => {
    writeFileSync(lock(), JSON.stringify({ token: "t", pid: 2, started: "0", space: "elsewhere" }));
    utimesSync(lock(), 4e9, 4e9);
    await expectAnswer();
  });

  it.skipIf(!isRoot)("of another user delays nobody", async () => {
    writeFileSync(lock(), "", { mode: 0o666 });
    chownSync(lock(), stranger, stranger);
    await expectAnswer();
  });
});

describe("the folder", () => {
  const folder = () => createScratch("planted");

  it.each([0o755, 0o777, 0o1777, 0o770, 0o701])("of mode %o is not used", async (mode) => {
    const planted = folder();
    chmodSync(planted, mode);
    await expectAnswer(["--cache-dir", planted]);
    expect(readdirSync(planted)).toEqual([]);
  });

  it("that is a link to a folder of somebody is not used", async () => {
    const real = folder();
    chmodSync(real, 0o700);
    const link = join(folder(), "link");
    symlinkSync(real, link);
    await expectAnswer(["--cache-dir", link]);
    expect(readdirSync(real)).toEqual([]);
  });

  it.each(["a FIFO", "a link to a file of somebody", "a hard link to a file of somebody"])(
    "that is %s is not used",
    async (what) => {
      const planted = join(folder(), "cache");
      things[what]?.(planted);
      await expectAnswer(["--cache-dir", planted]);
    },
  );

  it.skipIf(!isRoot)("that another user made beforehand in a shared place is not used", async () => {
    const shared = folder();
    chmodSync(shared, 0o1777);
    const planted = join(shared, "rolesanywhere-ts");
    mkdirSync(planted, { mode: 0o700 });
    chownSync(planted, stranger, stranger);
    await expectAnswer([], { XDG_CACHE_HOME: shared });
    expect(readdirSync(planted)).toEqual([]);
  });

  it.skipIf(!canSwitch)("shows another user nothing", async () => {
    const [program, ...words] = programWords();
    const who = ["--reuid", String(stranger), "--regid", String(stranger), "--clear-groups"];
    for (const verb of ["list", "clear"]) {
      const line = [...who, program, ...words, "cache", verb, "--cache-dir", identity.cacheFolder];
      const { stdout, stderr } = await runProgram("setpriv", line);
      expect(stdout + stderr).not.toContain(identity.roleArn("Demo"));
    }
    expect(existsSync(at(nameOf(".session")))).toBe(true);
  });

  it("holds a planted partial file's target harmless", async () => {
    rmSync(at(nameOf(".session")));
    symlinkSync(victim, at(`${nameOf(".session")}.1.partial`));
    await expectAnswer();
  });
});

describe("the commands", () => {
  const run = (verb: string) => runCli(["cache", verb], { env: { HOME: identity.home } });

  it("list no session that only has a session's name", async () => {
    writeFileSync(at(`${"a".repeat(64)}.session`), "\u001b]0;owned\u0007\n", { mode: 0o600 });
    const { stdout, stderr, status } = await run("list");
    expect(status).toBe(0);
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it("show no escape sequence of a planted header", async () => {
    const bytes = bytesOf(".session");
    const end = bytes.indexOf(newline);
    const header = JSON.parse(bytes.subarray(0, end).toString("utf8")) as Record<string, unknown>;
    const line = JSON.stringify({ ...header, roleArn: "\u001b]0;owned\u0007\u202e\u009b2J", source: "a\nb\u001b[2J" });
    writeFileSync(at(nameOf(".session")), Buffer.concat([Buffer.from(line), bytes.subarray(end)]));
    const { stdout, stderr } = await run("list");
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  });

  it("clear every session though a folder has an entry's name", async () => {
    mkdirSync(at(`${"0".repeat(64)}.session`));
    await run("clear");
    expect(existsSync(at(nameOf(".session")))).toBe(false);
  });

  it("clear a link and not what it leads to", async () => {
    symlinkSync(victim, at(`${"1".repeat(64)}.session`));
    await run("clear");
    expect(statSync(victim).size).toBeGreaterThan(0);
  });
});
