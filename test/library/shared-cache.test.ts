import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSession, fromRolesAnywhere } from "../../src/index.js";
import type { FromRolesAnywhereOptions } from "../../src/index.js";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { createScratch } from "../support/scratch.js";

let identity: CachedIdentity;
let options: FromRolesAnywhereOptions;

beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());
beforeEach(() => {
  identity.rotate();
  identity.takeCount();
  options = {
    certificate: identity.certificatePath,
    trustAnchorArn: identity.emulator.state().trustAnchors[0]?.arn ?? "",
    profileArn: identity.emulator.state().profiles[0]?.arn ?? "",
    roleArn: identity.roleArn("Demo"),
    endpoint: identity.emulator.url,
    environment: { XDG_CACHE_HOME: join(identity.home, ".cache") },
    cache: true,
  };
});

/** The access key id that the executable prints. */
async function runExecutable(words: readonly string[] = []): Promise<string> {
  const { stdout, stderr, status } = await identity.run(words);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return (JSON.parse(stdout) as { AccessKeyId: string }).AccessKeyId;
}

describe("the cache that library and executable share", () => {
  test("answers the library with the executable's session", async () => {
    const accessKeyId = await runExecutable();
    const credentials = await fromRolesAnywhere(options)();
    expect(credentials).toMatchObject({ accessKeyId, accountId: "111122223333" });
    expect(identity.takeCount()).toBe(1);
  });

  test("answers the executable with the library's session", async () => {
    const { accessKeyId } = await fromRolesAnywhere(options)();
    expect(await runExecutable()).toBe(accessKeyId);
    expect(identity.takeCount()).toBe(1);
  });

  test("answers another provider, also one that has certificate and key in memory", async () => {
    const { accessKeyId } = await fromRolesAnywhere(options)();
    const { readFile } = await import("node:fs/promises");
    const inMemory = { ...options, certificate: () => readFile(identity.certificatePath, "utf8") };
    expect((await fromRolesAnywhere(inMemory)()).accessKeyId).toBe(accessKeyId);
    expect(identity.takeCount()).toBe(1);
  });

  test("has one entry for the same session, whatever names its settings", async () => {
    const hops = [{ RoleArn: identity.roleArn("Target"), DurationSeconds: 900, Tags: [{ Key: "team", Value: "a" }] }];
    const profile = identity.emulator.state().profiles.find(({ name }) => name === "Named")?.arn ?? "";
    const { accessKeyId } = await fromRolesAnywhere({
      ...options,
      hops,
      stsEndpoint: identity.emulator.url,
      profileArn: profile,
      sessionDurationSeconds: 7200,
      roleSessionName: "name",
    })();
    const hopWords = ["--assume-role-arn", hops[0]?.RoleArn ?? "", "--assume-duration", "900", "--tag", "team=a"];
    const words = ["--session-duration", "7200", "--role-session-name", "name", "--profile-arn", profile, ...hopWords];
    const { stdout, stderr } = await identity.run(words, { AWS_ENDPOINT_URL_STS: identity.emulator.url });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ AccessKeyId: accessKeyId });
    expect(identity.takeCount()).toBe(1);
  });

  test("is told apart by what changes the session", async () => {
    await fromRolesAnywhere(options)();
    await fromRolesAnywhere({ ...options, sessionDurationSeconds: 900 })();
    await fromRolesAnywhere({ ...options, instanceProperties: { host: "a" } })();
    await fromRolesAnywhere({ ...options, instanceProperties: { host: "b" } })();
    await fromRolesAnywhere({ ...options, instanceProperties: { host: "a" } })();
    expect(identity.takeCount()).toBe(4);
  });

  test("is passed over by forceRefresh, which leaves the new session in it", async () => {
    const old = await runExecutable();
    const provider = fromRolesAnywhere(options);
    expect((await provider()).accessKeyId).toBe(old);
    const forced = await provider({ forceRefresh: true });
    expect(forced.accessKeyId).not.toBe(old);
    expect(await runExecutable()).toBe(forced.accessKeyId);
    expect(identity.takeCount()).toBe(2);
  });

  test("makes one request for many providers at once", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => fromRolesAnywhere(options)()));
    expect(new Set(answers.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
    expect(identity.takeCount()).toBe(1);
  });

  test("lies where it is told to, and nowhere unless it is asked for", async () => {
    const directory = join(createScratch("cache"), "sessions");
    await fromRolesAnywhere({ ...options, cache: { directory, windowSeconds: 60 } })();
    expect(readdirSync(directory).filter((name) => name.endsWith(".session"))).toHaveLength(1);
    await runExecutable(["--cache-dir", directory]);
    expect(identity.takeCount()).toBe(1);
    const { cache: _, ...uncached } = options;
    const before = identity.files(".session").length;
    await fromRolesAnywhere(uncached)();
    await createSession(uncached);
    expect(identity.files(".session")).toHaveLength(before);
    expect(identity.takeCount()).toBe(2);
  });
});
