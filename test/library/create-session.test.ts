import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { assumeRoles, createSession, fromRolesAnywhere, ServiceError, UsageError } from "../../src/index.js";
import { profileArn, roleArn } from "../support/emulator-flags.js";
import { libraryOptions } from "../support/library-options.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.clearFaults();
  emulator.clearRequests();
});

describe("createSession", () => {
  test("gives the whole answer", async () => {
    const session = await createSession(
      libraryOptions(emulator, { profileArn: profileArn(emulator, "Named"), roleSessionName: "nightly" }),
    );
    const { credentials, credentialSet, ...rest } = session;
    expect(rest).toEqual({
      assumedRoleUser: {
        arn: "arn:aws:sts::111122223333:assumed-role/Demo/nightly",
        assumedRoleId: expect.stringMatching(/^AROA\w+:nightly$/),
      },
      expiration: credentials.expiration,
      packedPolicySize: expect.any(Number),
      region: "us-east-1",
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      roleArn: roleArn(emulator, "Demo"),
      sourceIdentity: "CN=ec-client",
      subjectArn: expect.stringMatching(/^arn:aws:rolesanywhere:us-east-1:111122223333:subject\/[0-9a-f-]{36}$/),
    });
    const { accountId, ...plain } = credentials;
    expect(accountId).toBe("111122223333");
    expect(credentialSet).toEqual([expect.objectContaining({ credentials: plain, sourceIdentity: "CN=ec-client" })]);
    expect(credentials.expiration.getTime() - Date.now()).toBeGreaterThan(3_590_000);
  });

  test("asks anew each time", async () => {
    const [one, other] = [await createSession(libraryOptions(emulator)), await createSession(libraryOptions(emulator))];
    expect(one.credentials.accessKeyId).not.toBe(other.credentials.accessKeyId);
    expect(emulator.count("CreateSession")).toBe(2);
  });

  test("tells what AWS refused, with the service's own code", async () => {
    const refused = createSession(libraryOptions(emulator, { roleArn: roleArn(emulator, "Untrusting") }));
    await expect(refused).rejects.toBeInstanceOf(ServiceError);
    await expect(refused).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      serviceCode: "AccessDeniedException",
      statusCode: 403,
      operation: "CreateSession",
      requestId: expect.any(String),
    });
  });

  test.each([
    ["not json", "is not a JSON object"],
    ["{}", "has no credentials in it (credentialSet is empty)"],
    ['{"credentialSet":[{}]}', "lacks accessKeyId"],
    [
      '{"credentialSet":[{"credentials":{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","expiration":"soon"}}]}',
      "has a malformed expiration, expected one line of the characters that AWS uses there",
    ],
  ])("refuses the answer %s", async (text, fault) => {
    emulator.addFaults({ kind: "body", text, times: 1 });
    await expect(createSession(libraryOptions(emulator))).rejects.toMatchObject({
      code: "ERR_SERVICE_RESPONSE",
      message: `the answer of CreateSession ${fault}`,
    });
  });

  test("stops when its signal does", async () => {
    emulator.addFaults({ kind: "latency", milliseconds: 5_000 });
    await expect(createSession(libraryOptions(emulator, { signal: AbortSignal.timeout(50) }))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const aborted = createSession(libraryOptions(emulator, { signal: AbortSignal.abort("enough") }));
    await expect(aborted).rejects.toBe("enough");
  });

  test("gives up within its time limits", async () => {
    emulator.addFaults({ kind: "latency", milliseconds: 5_000 });
    const slow = createSession(libraryOptions(emulator, { timeouts: { overallMs: 100 } }));
    await expect(slow).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    const silent = createSession(libraryOptions(emulator, { timeouts: { firstByteMs: 20 } }));
    await expect(silent).rejects.toMatchObject({ code: "ERR_TIMEOUT", message: expect.stringContaining("0.02 s") });
  });
});

describe("assumeRoles", () => {
  const connection = () => ({ stsEndpoint: emulator.url, environment: {} });

  test("goes on from a session, under its name", async () => {
    const session = await createSession(libraryOptions(emulator));
    const role = await assumeRoles(session, [{ RoleArn: roleArn(emulator, "Target") }], connection());
    expect(role).toEqual({
      credentials: {
        accessKeyId: expect.stringMatching(/^ASIA/),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
        expiration: role.expiration,
        accountId: "111122223333",
      },
      assumedRoleUser: {
        arn: session.assumedRoleUser?.arn.replace("/Demo/", "/Target/"),
        assumedRoleId: expect.stringMatching(/^AROA/),
      },
      packedPolicySize: expect.any(Number),
      sourceIdentity: "CN=ec-client",
      expiration: expect.any(Date),
      roleArn: roleArn(emulator, "Target"),
      region: "us-east-1",
    });
  });

  test("goes on from credentials or a provider, in a region that is given or in the environment", async () => {
    const provider = fromRolesAnywhere(libraryOptions(emulator));
    const hops = [{ RoleArn: roleArn(emulator, "Target") }, { RoleArn: roleArn(emulator, "Last") }];
    const region = "us-east-1";
    const fromProvider = await assumeRoles(provider, hops, { ...connection(), region });
    expect(fromProvider.assumedRoleUser.arn).toMatch(/:assumed-role\/Last\/rolesanywhere-ts$/);
    const { expiration: _, ...credentials } = await provider();
    const environment = { AWS_REGION: region };
    const fromPlain = await assumeRoles(credentials, hops, { ...connection(), environment });
    expect(fromPlain.expiration.getTime() - Date.now()).toBeGreaterThan(3_590_000);
  });

  test("names the hop that was refused", async () => {
    const session = await createSession(libraryOptions(emulator));
    const hops = [{ RoleArn: roleArn(emulator, "Target") }, { RoleArn: roleArn(emulator, "Partner") }];
    await expect(assumeRoles(session, hops, connection())).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      operation: "AssumeRole",
      message: expect.stringMatching(
        /^AssumeRole was refused for chained role 2 of 2 \(arn:aws:iam::111122223333:role\/Partner\)/,
      ),
      hints: expect.arrayContaining([
        "if that policy asks for an external id, give it with ExternalId of the chained role",
      ]),
    });
  });

  test("refuses hops and regions that cannot be", async () => {
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
    const hop = { RoleArn: roleArn(emulator, "Target") };
    const cases = [
      [assumeRoles(credentials, []), "no role is given, expected 1-8"],
      [assumeRoles(credentials, [hop], { environment: {} }), "no region is known for STS"],
      [assumeRoles(credentials, [hop], { region: "Frankfurt" }), 'region has region "Frankfurt"'],
      [assumeRoles(credentials, [{ RoleArn: "Target" }]), 'does not begin with "arn:"'],
      [assumeRoles(credentials, [{ ...hop, DurationSeconds: 7200 }], { region: "us-east-1" }), "900-3600 seconds"],
    ] as const;
    for (const [call, message] of cases) {
      await expect(call).rejects.toBeInstanceOf(UsageError);
      await expect(call).rejects.toThrow(message);
    }
  });
});
