import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createSession, fromRolesAnywhere, UsageError } from "../../src/index.js";
import type { ScopeOptions } from "../../src/index.js";
import { libraryOptions } from "../support/library-options.js";
import { send } from "../support/x509-signer.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.clearRequests());

async function allows(sessionToken: string | undefined, action: string): Promise<unknown> {
  const body = JSON.stringify({ sessionToken, action, resource: "arn:aws:s3:::reports/2026/a" });
  const { json } = await send(emulator.url, { method: "POST", path: "/_emulator/authorize", body });
  return json.allowed;
}

const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }] };

describe("the option scope", () => {
  it.each<[string, ScopeOptions]>([
    ["a ready-made scope", { allow: ["s3-read=reports/2026"] }],
    ["a policy as an object", { policy }],
    ["a policy as text", { policy: JSON.stringify(policy) }],
    ["policies", { policy: [{ ...policy, Statement: { Effect: "Allow", Action: "*", Resource: "*" } }, policy] }],
  ])("limits the sessions of fromRolesAnywhere and createSession by %s", async (_, scope) => {
    const options = libraryOptions(emulator, { scope: { ...scope, durationSeconds: 300, description: "a job" } });
    const created = await createSession(options);
    for (const credentials of [await fromRolesAnywhere(options)(), created.credentials]) {
      expect(await allows(credentials.sessionToken, "s3:GetObject")).toBe(true);
      expect(await allows(credentials.sessionToken, "s3:PutObject")).toBe(false);
      expect(credentials.expiration.getTime() - Date.now()).toBeLessThanOrEqual(300_000);
      expect(credentials.accountId).toBe("111122223333");
    }
    expect(created.expiration).toEqual(created.credentials.expiration);
    expect(created.credentialSet).toHaveLength(1);
    expect(created.credentialSet[0].credentials.accessKeyId).toBe(created.credentials.accessKeyId);
  });

  it.each<[unknown, string]>([
    ["s3-read=b", "scope is of type string, expected an object"],
    [{ alow: ["ecr-pull"] }, "unknown option: alow"],
    [{ allow: "ecr-pull" }, "scope.allow is of type string, expected a list of strings"],
    [{ durationSeconds: "60" }, "scope.durationSeconds is of type string, expected a number"],
  ])("%j is refused at once: %s", (scope, says) => {
    const options = libraryOptions(emulator, { scope: scope as ScopeOptions });
    expect(() => fromRolesAnywhere(options)).toThrow(UsageError);
    expect(() => fromRolesAnywhere(options)).toThrow(says);
  });

  it.each<[ScopeOptions, string]>([
    [{ allow: ["s3-reed=b"] }, 'scope.allow is "s3-reed=b", which names no ready-made scope'],
    [{ allow: ["ecr-pull"], policy }, "scope.allow and scope.policy exclude each other"],
    [{ durationSeconds: 0 }, "scope.durationSeconds is 0, expected 1-129600 seconds"],
    [{ description: "a job" }, "scope.description describes no scope"],
    [{ policy: [policy, policy, policy, policy] }, "scope.policy has 4 policies, expected 1-3"],
  ])("%j is refused before AWS is asked: %s", async (scope, says) => {
    const options = libraryOptions(emulator, { scope });
    await expect(createSession(options)).rejects.toThrow(says);
    await expect(fromRolesAnywhere(options)()).rejects.toThrow(says);
    expect(emulator.requests()).toEqual([]);
  });
});
