// Alias ARNs stand wherever ARNs of trust anchors and profiles do, and are sent as they are written.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const stem = "arn:aws:rolesanywhere:us-east-1:111122223333:alias";
const [anchor, profile] = [`${stem}/trust-anchor/prod/ca`, `${stem}/profile/prod`];
let identity: EmulatedIdentity;
beforeAll(async () => {
  identity = await createEmulatedIdentity();
  const { trustAnchors, profiles } = identity.emulator.state();
  const given = [
    { name: "prod/ca", arn: trustAnchors[0]?.arn },
    { name: "prod", arn: profiles[0]?.arn },
  ];
  const answer = await fetch(`${identity.emulator.url}/_emulator/aliases`, {
    method: "POST",
    body: JSON.stringify(given),
  });
  if (answer.status !== 200) throw new Error(`the emulator answers ${answer.status}: ${await answer.text()}`);
});
afterAll(() => identity.emulator.stop());

/** Gives the alias to the first profile that fits. */
async function nameProfile(name: string, fits: (profile: { readonly name: string }) => boolean): Promise<void> {
  const { arn } = identity.emulator.state().profiles.find(fits)!;
  await fetch(`${identity.emulator.url}/_emulator/aliases`, { method: "POST", body: JSON.stringify({ name, arn }) });
}

const aliased = (words: readonly string[]) => {
  const flags = {
    certificate: identity.certificatePath,
    "role-arn": identity.roleArn("Demo"),
    endpoint: identity.emulator.url,
  };
  const given = { ...flags, "trust-anchor-arn": anchor, "profile-arn": profile };
  return [...words, ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])];
};

describe("aliases of a trust anchor and a profile", () => {
  it("give a session, as flags and as variables", async () => {
    expect(await runCli(aliased(["credential-process"]))).toMatchObject({ status: 0, stderr: "" });
    const env = {
      ROLESANYWHERE_TS_TRUST_ANCHOR_ARN: anchor,
      ROLESANYWHERE_TS_PROFILE_ARN: profile,
      ROLESANYWHERE_TS_ROLE_ARN: identity.roleArn("Demo"),
      ROLESANYWHERE_TS_CERTIFICATE: identity.certificatePath,
      ROLESANYWHERE_TS_ENDPOINT: identity.emulator.url,
    };
    expect(await runCli(["credentials", "--format", "json"], { env })).toMatchObject({ status: 0 });
  });

  it("have sessions of their own in the cache, which stay when the alias moves", async () => {
    const folder = createScratch("cache");
    const words = aliased(["credential-process", "--cache-dir", folder]);
    const [first, second] = [await runCli(words), await runCli(words)];
    expect(second.stdout).toBe(first.stdout);
    expect(first.status).toBe(0);
    await nameProfile("prod", ({ name }) => name === "Disabled");
    expect((await runCli(words)).stdout).toBe(first.stdout);
    await runCli(["cache", "clear", "--cache-dir", folder]);
    expect(await runCli(words)).toMatchObject({ status: 1, stdout: "" });
    await nameProfile("prod", () => true);
  });

  it("are shown by check", async () => {
    const { stdout } = await runCli(aliased(["check", "--json", "--offline"]));
    expect(stdout).toContain("trust anchor by its alias prod/ca; profile by its alias prod; one partition");
  });

  it("are in no trust policy, and the explanation says why", async () => {
    const { stdout, stderr, status } = await runCli(aliased(["trust-policy"]));
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/alias|SourceArn/);
    expect(JSON.parse(stdout)).toHaveProperty("Statement");
    expect(stderr).toContain("no condition on aws:SourceArn: the trust anchor is given by an alias");
  });

  it("of the other kind are refused with the flag that takes them", async () => {
    const words = aliased(["credential-process"]).map((word) => (word === anchor ? profile : word));
    const { stderr, status } = await runCli(words);
    expect(status).toBe(2);
    expect(stderr).toContain("is a Roles Anywhere profile ARN, by an alias");
    expect(stderr).toContain("give this ARN to --profile-arn instead");
  });
});
