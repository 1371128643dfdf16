import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/aws/endpoint.js";
import { openEntry } from "../../../src/vending/cache/entry.js";
import type { Entry } from "../../../src/vending/cache/entry.js";
import { createSlot } from "../../../src/vending/cache/session-slot.js";
import { vendThroughCache } from "../../../src/vending/cache/vend-through-cache.js";
import type { CacheUse } from "../../../src/vending/cache/vend-through-cache.js";
import { createEmulatedIdentity } from "../../support/emulated-identity.js";
import type { EmulatedIdentity } from "../../support/emulated-identity.js";
import { heldOff, keptSession } from "../../support/kept-session.js";
import { createScratch } from "../../support/scratch.js";
import { settingsOf, vendContext } from "../../support/vend-settings.js";

let identity: EmulatedIdentity;
let folder: string;
beforeAll(async () => {
  identity = await createEmulatedIdentity();
});
afterAll(() => identity.emulator.stop());
beforeEach(() => {
  folder = join(createScratch("vend"), "cache");
  identity.emulator.clearRequests();
});

const use = (more: Partial<CacheUse> = {}): CacheUse => ({
  enabled: undefined,
  folder,
  windowSeconds: undefined,
  run: undefined,
  ...more,
});
const secret = () => readFileSync(identity.certificatePath);
const names = (ending: string) => readdirSync(folder).filter((name) => name.endsWith(ending));

/** One run against the emulator: whether a kept session answered, and how often AWS was asked. */
async function run(cache: CacheUse = use(), settings = settingsOf(identity)) {
  identity.emulator.clearRequests();
  const context = vendContext();
  const { accessKeyId } = await vendThroughCache(settings, cache, context);
  return { accessKeyId, asked: identity.emulator.count("CreateSession"), lines: context.lines };
}

function read(): Entry {
  const [name = ""] = names(".session");
  const entry = openEntry(readFileSync(join(folder, name)), name, secret());
  if (entry === undefined) throw new Error("there is no session");
  return entry;
}

/** Puts another session in the place of the one that is kept. */
function replace(entry: Entry): void {
  const [name = ""] = names(".session");
  createSlot(folder, name.replace(/\.session$/, ""), secret(), () => undefined).write(entry);
}

describe("a run with a cache", () => {
  it("asks AWS once, and answers with that session from then on", async () => {
    const first = await run();
    expect(first.asked).toBe(1);
    const second = await run();
    expect(second).toMatchObject({ accessKeyId: first.accessKeyId, asked: 0 });
    // At once, without a look at what other processes do.
    expect(second.lines.join("\n")).toContain("cache: hit");
    expect(names(".lock")).toEqual([]);
    expect(names(".failure")).toEqual([]);
  });

  it("keeps nothing when it is off, has no folder, or may not use it", async () => {
    for (const cache of [use({ enabled: false }), use({ folder: undefined }), use({ folder: "/proc/none" })]) {
      expect(await run(cache)).toMatchObject({ asked: 1 });
      expect(await run(cache)).toMatchObject({ asked: 1 });
    }
  });

  it("takes no session that was kept before a renewal was asked for", async () => {
    const { accessKeyId } = await run();
    const renewed = await run(use({ renew: true }));
    expect(renewed.asked).toBe(1);
    expect(renewed.accessKeyId).not.toBe(accessKeyId);
    expect(await run()).toMatchObject({ accessKeyId: renewed.accessKeyId, asked: 0 });
  });

  it.each([
    [39, undefined, 0],
    [41, undefined, 1],
    [54, 300, 0],
    [56, 300, 1],
    [59.5, 0, 1],
    [60, 0, 1],
    [600, 0, 1],
  ])(
    "finds a session of an hour after %d minutes with window %s, and asks AWS %i times",
    async (minutes, windowSeconds, asked) => {
      await run();
      replace(keptSession(Date.now(), minutes));
      expect(await run(use({ windowSeconds }))).toMatchObject({
        asked,
        ...(asked === 0 ? { accessKeyId: "ASIAKEPT" } : {}),
      });
    },
  );

  it.each([
    [50, 0],
    [59.5, 1],
    [60, 1],
    [600, 1],
  ])(
    "with a renewal held off serves a session after %d minutes of its hour, asking AWS %i times",
    async (minutes, asked) => {
      await run();
      replace(keptSession(Date.now(), minutes, { holdOff: heldOff(Date.now()) }));
      expect(await run()).toMatchObject({ asked, ...(asked === 0 ? { accessKeyId: "ASIAKEPT" } : {}) });
    },
  );

  it("notes role, source, end and chance of what it keeps", async () => {
    await run();
    const entry = read();
    expect(entry).toMatchObject({
      roleArn: identity.roleArn("Demo"),
      source: identity.certificatePath,
      jitter: 0.5,
    });
    expect(entry.endMs - entry.obtainedMs).toBeLessThanOrEqual(3_600_000);
    expect(entry.endMs - entry.obtainedMs).toBeGreaterThan(3_590_000);
    expect(entry.holdOff).toBeUndefined();
  });

  it("keeps no session that is as good as over by this machine's clock", async () => {
    identity.limitSessions(60);
    try {
      expect(await run()).toMatchObject({ asked: 1 });
      expect(names(".session")).toEqual([]);
    } finally {
      identity.limitSessions(3_600);
    }
  });
});

describe("a run while AWS fails", () => {
  /** An endpoint that answers everything with a status. */
  async function failing(statusCode: number) {
    const server = createServer((_, response) => response.writeHead(statusCode).end("{}"));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as { readonly port: number };
    const settings = settingsOf(identity);
    const { origin } = settings.endpoint;
    return {
      // Under the name of the service, so that it is the same place in the cache.
      settings: { ...settings, endpoint: { value: parseEndpoint(`http://127.0.0.1:${port}`, "test"), origin } },
      [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
    };
  }

  it("answers with the session still in force, and leaves AWS alone for a while", async () => {
    await using failure = await failing(503);
    await expect(run(use(), failure.settings)).rejects.toMatchObject({ statusCode: 503 });
    const [name = ""] = names(".failure");
    const slot = createSlot(folder, name.replace(/\.failure$/, ""), secret(), () => undefined);
    slot.write(keptSession(Date.now(), 50));
    expect(await run(use(), failure.settings)).toMatchObject({ accessKeyId: "ASIAKEPT" });
    const holdOff = read().holdOff;
    expect(holdOff).toMatchObject({ attempts: 1 });
    expect((holdOff?.untilMs ?? 0) - Date.now()).toBeGreaterThan(5_000);
    expect(read().endMs).toBeGreaterThan(Date.now());
    expect((await run(use(), failure.settings)).lines.join("\n")).toContain("hit");
  });

  it("fails once the session has ended, held off or not", async () => {
    await using failure = await failing(503);
    await expect(run(use(), failure.settings)).rejects.toMatchObject({ statusCode: 503 });
    const [name = ""] = names(".failure");
    const slot = createSlot(folder, name.replace(/\.failure$/, ""), secret(), () => undefined);
    for (const holdOff of [undefined, heldOff(Date.now())]) {
      slot.write(keptSession(Date.now(), 59.5, { holdOff }));
      await expect(run(use(), failure.settings)).rejects.toMatchObject({ statusCode: 503 });
    }
  });

  it("does not answer a refusal with a session", async () => {
    await using failure = await failing(403);
    await expect(run(use(), failure.settings)).rejects.toMatchObject({ statusCode: 403 });
    const [name = ""] = names(".failure");
    createSlot(folder, name.replace(/\.failure$/, ""), secret(), () => undefined).write(keptSession(Date.now(), 50));
    await expect(run(use(), failure.settings)).rejects.toMatchObject({ statusCode: 403 });
  });
});
