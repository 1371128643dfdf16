import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadIdentity } from "../../src/identity/load-identity.js";
import type { VendSettings } from "../../src/settings/vend-settings.js";
import { completeHop } from "../../src/vending/chain.js";
import { tradeIdentity } from "../../src/vending/vend.js";
import type { VendContext } from "../../src/vending/vend.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { startHttpProxy } from "../support/http-proxy.js";
import { settingsOf, vendContext } from "../support/vend-settings.js";
import { aRegion, aRole, aSessionName } from "../support/parsed.js";

let identity: EmulatedIdentity;
beforeAll(async () => {
  identity = await createEmulatedIdentity();
});
afterAll(() => identity.emulator.stop());

const role = (name: string) => aRole(`arn:aws:iam::111122223333:role/${name}`);

async function trade(settings: VendSettings, more: Partial<VendContext> = {}) {
  const context = vendContext(more);
  const loaded = await loadIdentity(settings.identity, context);
  return tradeIdentity(settings, loaded, context);
}

const on = { value: true, origin: { kind: "default" } } as const;

/** The host that the role behind the session is asked of; a proxy sees it and lets nothing through. */
async function stsHost(sts: Partial<VendSettings["sts"]>, more: Partial<VendContext> = {}) {
  await using proxy = await startHttpProxy({ connect: 403 });
  const settings = settingsOf(identity, { "assume-role-arn": [role("Target")] });
  const variables = { HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.1" };
  const failure: unknown = await trade({ ...settings, sts: { ...settings.sts, ...sts } }, { variables, ...more }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "ERR_CONNECTION", message: expect.stringContaining(role("Target")) });
  return [...new Set(proxy.seen)];
}

describe("a role behind the session", () => {
  it("is asked of the session's region", async () => {
    expect(await stsHost({})).toEqual(["sts.us-east-1.amazonaws.com:443"]);
    expect(await stsHost({}, { hopRegion: aRegion("eu-west-1") })).toEqual(["sts.eu-west-1.amazonaws.com:443"]);
  });

  it("is asked of the FIPS or dual-stack endpoint, as the session is", async () => {
    expect(await stsHost({ useFipsEndpoint: on })).toEqual(["sts-fips.us-east-1.amazonaws.com:443"]);
    expect(await stsHost({ useDualstackEndpoint: on })).toEqual(["sts.us-east-1.api.aws:443"]);
  });

  it("is asked of the endpoint that is named, whatever its variants", async () => {
    const settings = settingsOf(identity, { "assume-role-arn": [role("Target")] });
    const endpoint = {
      value: identity.emulator.url,
      origin: { kind: "environment", name: "AWS_ENDPOINT_URL_STS" },
    } as const;
    const sts = { endpoint, useFipsEndpoint: on, useDualstackEndpoint: on };
    expect(await trade({ ...settings, sts })).toMatchObject({ roleArn: role("Target"), region: "us-east-1" });
  });

  it("that cannot be assumed is named by its place", async () => {
    const settings = settingsOf(identity, { "assume-role-arn": [role("Target"), role("Stranger")] });
    const endpoint = {
      value: identity.emulator.url,
      origin: { kind: "environment", name: "AWS_ENDPOINT_URL_STS" },
    } as const;
    await expect(trade({ ...settings, sts: { ...settings.sts, endpoint } })).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      message: expect.stringMatching(/2 of 2.*Stranger/),
    });
  });
});

describe("what a role behind the session is asked with", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  const before = (seconds: number, assumedRoleArn?: string) => ({
    expiration: new Date(now.getTime() + seconds * 1_000),
    assumedRoleArn,
  });

  it.each([
    [43_200, 3_600],
    [3_600, 3_600],
    [1_800.9, 1_800],
    [900, 900],
    [10, 900],
  ])("with %d seconds left lasts %i seconds", (left, seconds) => {
    expect(completeHop({ RoleArn: role("A") }, before(left), now).DurationSeconds).toBe(seconds);
  });

  it.each([
    ["arn:aws:sts::111122223333:assumed-role/Demo/ada", "ada"],
    ["arn:aws:sts::111122223333:assumed-role/Demo/a", "rolesanywhere-ts"],
    ["arn:aws:sts::111122223333:assumed-role/Demo/a b", "rolesanywhere-ts"],
    [undefined, "rolesanywhere-ts"],
  ])("after %s is named %s", (arn, name) => {
    expect(completeHop({ RoleArn: role("A") }, before(3_600, arn), now).RoleSessionName).toBe(name);
  });

  it("keeps what is given", () => {
    const given = { RoleArn: role("A"), RoleSessionName: aSessionName("me"), DurationSeconds: 1_000, ExternalId: "id" };
    expect(completeHop(given, before(3_600, "x/y/ada"), now)).toEqual(given);
  });
});
