import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { runCli, programWords } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

let identity: CachedIdentity;

beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());
beforeEach(async () => {
  identity.emulator.clearFaults();
  await runCli(["cache", "clear"], { env: { HOME: identity.home } });
  identity.takeCount();
});

function documentOf({ stdout, stderr, status }: CliResult): { AccessKeyId: string; Expiration: string } {
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as { AccessKeyId: string; Expiration: string };
}

const outage = { kind: "error", statusCode: 503, code: "ServiceUnavailable" } as const;

describe("a kept session", () => {
  it("answers the next run, for its owner's eyes alone", async () => {
    const first = documentOf(await identity.run());
    expect(documentOf(await identity.run())).toEqual(first);
    expect(identity.takeCount()).toBe(1);
    expect(statSync(identity.cacheFolder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(identity.cacheFolder)) {
      expect(statSync(join(identity.cacheFolder, name)).mode & 0o777, name).toBe(0o600);
    }
  });

  it.each([
    [["--no-cache"], {}],
    [[], { ROLESANYWHERE_TS_CACHE: "off" }],
    [["--cache=false"], {}],
  ])("is neither read nor written with %j %j", async (words, env) => {
    documentOf(await identity.run(words, env));
    documentOf(await identity.run(words, env));
    expect(identity.takeCount()).toBe(2);
    expect(identity.files(".session")).toEqual([]);
  });

  it("lies where --cache-dir, its variable or XDG_CACHE_HOME say", async () => {
    const folder = createScratch("cache");
    documentOf(await identity.run(["--cache-dir", join(folder, "flag")]));
    documentOf(await identity.run([], { ROLESANYWHERE_TS_CACHE_DIR: join(folder, "variable") }));
    documentOf(await identity.run([], { XDG_CACHE_HOME: join(folder, "xdg") }));
    for (const place of ["flag", "variable", "xdg/rolesanywhere-ts"]) {
      expect(readdirSync(join(folder, place)).filter((name) => name.endsWith(".session"))).toHaveLength(1);
    }
    expect(identity.takeCount()).toBe(3);
  });

  it("answers only the same question", async () => {
    await identity.run();
    await identity.run(["--session-duration", "1800"]);
    const hop = ["--assume-role-arn", identity.roleArn("Target")];
    const env = { AWS_ENDPOINT_URL_STS: identity.emulator.url };
    documentOf(await identity.run(hop, env));
    documentOf(await identity.run([...hop, "--assume-duration", "900"], env));
    expect(identity.takeCount()).toBe(4);
    expect(identity.files(".session")).toHaveLength(4);
    documentOf(await identity.run(hop, env));
    expect(identity.takeCount()).toBe(0);
  });

  it("cannot be read with another key", async () => {
    const first = documentOf(await identity.run());
    identity.rotate({ subject: [["CN", "rotated"]] });
    expect(documentOf(await identity.run()).AccessKeyId).not.toBe(first.AccessKeyId);
    expect(identity.takeCount()).toBe(2);
  });

  it("is renewed once 20 minutes are left, and the window can be set", async () => {
    const first = documentOf(await identity.run());
    identity.age(30);
    expect(documentOf(await identity.run())).toMatchObject({ AccessKeyId: first.AccessKeyId });
    identity.age(11);
    expect(documentOf(await identity.run(["--cache-window", "300"]))).toMatchObject({
      AccessKeyId: first.AccessKeyId,
    });
    const renewed = documentOf(await identity.run());
    expect(renewed.AccessKeyId).not.toBe(first.AccessKeyId);
    expect(Date.parse(renewed.Expiration) - Date.now()).toBeGreaterThan(55 * 60_000);
  });

  it("is not taken across a clock that was set back, nor after its end", async () => {
    const first = documentOf(await identity.run());
    identity.age(-90);
    const second = documentOf(await identity.run());
    expect(second.AccessKeyId).not.toBe(first.AccessKeyId);
    identity.age(24 * 60);
    expect(documentOf(await identity.run()).AccessKeyId).not.toBe(second.AccessKeyId);
  });

  it("is a miss when damaged, cut short or of no sense", async () => {
    const contents = [
      Buffer.alloc(0),
      Buffer.from("{}\n"),
      Buffer.from("\n\n\n"),
      Buffer.from('{"version":1}\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'),
    ];
    for (const content of contents) {
      documentOf(await identity.run());
      for (const ending of [".session", ".index"]) {
        for (const name of identity.files(ending)) writeFileSync(join(identity.cacheFolder, name), content);
      }
      identity.takeCount();
      documentOf(await identity.run());
      expect(identity.takeCount()).toBe(1);
    }
  });
});

describe("static stability", () => {
  it.each([
    ["fails", outage],
    ["throttles", { kind: "error", statusCode: 429, code: "ThrottlingException" } as const],
    ["drops connections", { kind: "drop" } as const],
  ])("answers with a session still in force while AWS %s, and leaves AWS alone for a while", async (_, fault) => {
    const first = documentOf(await identity.run());
    identity.age(45);
    identity.emulator.addFaults(fault);
    identity.takeCount();
    const second = documentOf(await identity.run());
    expect(second.AccessKeyId).toBe(first.AccessKeyId);
    expect(identity.takeCount()).toBeGreaterThan(0);
    expect(documentOf(await identity.run())).toEqual(second);
    expect(identity.takeCount()).toBe(0);
    const { stderr } = await identity.run(["--debug"]);
    expect(stderr).toContain("cache: hit");
  });

  it("renews as soon as AWS is back and the wait is over", async () => {
    const first = documentOf(await identity.run());
    identity.age(45);
    identity.emulator.addFaults(outage);
    documentOf(await identity.run());
    identity.emulator.clearFaults();
    identity.change((entry) => ({ ...entry, holdOff: { untilMs: Date.now() - 1, attempts: 1 } }));
    expect(documentOf(await identity.run()).AccessKeyId).not.toBe(first.AccessKeyId);
  });

  it("says in the trace why an old session answers", async () => {
    await identity.run();
    identity.age(45);
    identity.emulator.addFaults(outage);
    const { stderr, status } = await identity.run(["--debug"]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/cache: .*still in force: session with 1[45] min left, next try in \d+ s/);
  });

  it("never covers up a refusal", async () => {
    await identity.run();
    identity.age(45);
    identity.emulator.addFaults({ kind: "error", statusCode: 403, code: "AccessDeniedException" });
    const { stdout, stderr, status } = await identity.run();
    expect(stdout).toBe("");
    expect(stderr).toContain("rolesanywhere-ts: error[");
    expect(status).toBe(1);
  });

  it("has nothing to offer when the session has ended", async () => {
    await identity.run();
    identity.age(60);
    identity.emulator.addFaults(outage);
    const { stdout, status } = await identity.run();
    expect(stdout).toBe("");
    expect(status).toBe(1);
  });
});

describe("a cache that cannot be used", () => {
  const isRoot = requireCondition("a cache folder of another user", process.getuid?.() === 0, "being root");

  it.each([
    ["no home", { HOME: undefined }],
    ["an empty home variable", { HOME: "" }],
    ["a home that is no folder", { HOME: "/dev/null" }],
    ["a home that takes no files", { HOME: "/proc/self" }],
  ])("is a miss with %s", async (_, env) => {
    documentOf(await identity.run([], env));
    documentOf(await identity.run([], env));
    expect(identity.takeCount()).toBe(2);
    const { stderr } = await identity.run(["--debug"], env);
    expect(stderr).toMatch(/cache: (not used|no place)/);
  });

  it.each<[string, boolean, (folder: string) => void]>([
    ["open to others", true, (folder) => chmodSync(folder, 0o755)],
    ["another user's", isRoot, (folder) => chownSync(folder, 12_345, 12_345)],
  ])("is a miss when its folder is %s", async (_, possible, spoil) => {
    if (!possible) return;
    const folder = createScratch("cache");
    chmodSync(folder, 0o700);
    spoil(folder);
    documentOf(await identity.run(["--cache-dir", folder]));
    const { stderr } = await identity.run(["--cache-dir", folder, "--debug"]);
    expect(stderr).toContain(`cache: not used: ${folder}`);
    expect(readdirSync(folder)).toEqual([]);
    expect(identity.takeCount()).toBe(2);
  });

  const mounts = ["-m", "sh", "-c", 'mount -t tmpfs -o size=4k,mode=0700 tmpfs "$0"', createScratch("probe")];
  const canMount = requireCondition(
    "a cache on a full disk",
    spawnSync("unshare", mounts, { stdio: "ignore" }).status === 0,
    "the right to mount in a namespace",
  );

  it.skipIf(!canMount)("is a miss on a full disk, and leaves nothing broken there", async () => {
    const folder = createScratch("full");
    const script =
      'mount -t tmpfs -o size=4k,mode=0700 tmpfs "$0" && { cat /dev/zero > "$0/fill" 2>/dev/null; "$@"; status=$?; ls "$0" >&2; exit $status; }';
    const words = [...identity.words, "--cache-dir", folder, "--debug"];
    const { stdout, stderr, status } = await runProgram(
      "unshare",
      ["-m", "sh", "-c", script, folder, ...programWords(), ...words],
      { env: { HOME: identity.home } },
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1 });
    expect(stderr).toMatch(/cache: .*ENOSPC/);
    expect(stderr).toMatch(/\nfill\n$/);
  });

  it("is a miss when its folder or a session is a link", async () => {
    const real = createScratch("real");
    chmodSync(real, 0o700);
    const link = join(createScratch("link"), "cache");
    symlinkSync(real, link);
    documentOf(await identity.run(["--cache-dir", link]));
    expect(readdirSync(real)).toEqual([]);
    documentOf(await identity.run(["--cache-dir", real]));
    const [name = ""] = readdirSync(real).filter((file) => file.endsWith(".session"));
    const other = createScratch("other");
    chmodSync(other, 0o700);
    symlinkSync(join(real, name), join(other, name));
    identity.takeCount();
    documentOf(await identity.run(["--cache-dir", other]));
    expect(identity.takeCount()).toBe(1);
  });
});

describe("rolesanywhere-ts cache", () => {
  const cache = (...words: readonly string[]) => runCli(["cache", ...words], { env: { HOME: identity.home } });

  it("lists role, certificate and time left, never a secret", async () => {
    const { AccessKeyId, ...secrets } = JSON.parse((await identity.run()).stdout) as Record<string, string>;
    const { stdout, status } = await cache("list");
    expect(stdout).toBe(` 59 min left  ${identity.roleArn("Demo")}  ${identity.certificatePath}\n`);
    expect(status).toBe(0);
    const { stdout: json } = await cache("list", "--json");
    expect(JSON.parse(json)).toMatchObject([{ roleArn: identity.roleArn("Demo"), source: identity.certificatePath }]);
    for (const secret of [AccessKeyId, secrets["SecretAccessKey"], secrets["SessionToken"]]) {
      expect(stdout + json).not.toContain(secret);
      for (const name of readdirSync(identity.cacheFolder)) {
        expect(readFileSync(join(identity.cacheFolder, name), "latin1")).not.toContain(secret);
      }
    }
  });

  it("clears what it made and nothing else", async () => {
    await identity.run();
    writeFileSync(join(identity.cacheFolder, "notes.txt"), "mine");
    expect((await cache("clear")).stdout).toBe(`removed 1 session from ${identity.cacheFolder}\n`);
    expect(readdirSync(identity.cacheFolder)).toEqual(["notes.txt"]);
    expect((await cache("list")).stdout).toBe("the cache is empty\n");
  });

  it("prints the folder", async () => {
    expect((await cache("path")).stdout).toBe(`${identity.cacheFolder}\n`);
    expect((await cache("path", "--cache-dir", "/elsewhere")).stdout).toBe("/elsewhere\n");
  });

  it("works where no cache was made yet, and refuses a folder that it would not use", async () => {
    const missing = join(createScratch("none"), "cache");
    expect((await cache("list", "--cache-dir", missing)).stdout).toBe("the cache is empty\n");
    expect((await cache("clear", "--cache-dir", missing)).stdout).toBe(`removed 0 sessions from ${missing}\n`);
    const open = join(createScratch("open"), "cache");
    mkdirSync(open);
    chmodSync(open, 0o755);
    const { stdout, stderr, status } = await cache("list", "--cache-dir", open);
    expect([stdout, status]).toEqual(["", 2]);
    expect(stderr).toContain("has mode 755");
  });

  it.each([
    [[], "list|clear|path"],
    [["lits"], 'write "rolesanywhere-ts cache list"'],
    [["list", "all"], "all"],
  ])("refuses %j", async (words, remark) => {
    const { stdout, stderr, status } = await cache(...words);
    expect([stdout, status]).toEqual(["", 2]);
    expect(stderr).toContain(remark);
  });
});
