import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { giveLongTokens } from "../support/long-tokens.js";
import { cleanEnvironment, pythonEnvironment, startCli } from "../support/run-cli.js";
import { SdkClient, sdkClientNames, prepareSdkClients } from "../support/sdk-clients.js";
import type { SdkClientName, Told } from "../support/sdk-clients.js";
import { credentials, get, keyIdOf, readServed, until } from "../support/served.js";
import type { Served } from "../support/served.js";

/** Where each dialect's readers look. */
const dialects = {
  "container credentials": ({ url, tokenFile }) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    AWS_EC2_METADATA_DISABLED: "true",
  }),
  IMDSv2: ({ url }) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
} satisfies Record<string, (served: Served) => Record<string, string>>;

type DialectName = keyof typeof dialects;

/**
 * Long enough that even the reader with the widest margin takes a session for good, short enough that its renewal is
 * worth waiting for; the service itself gives 900 s at least.
 */
const sessionSeconds = 90;

describe("real readers, each one process before and after a renewal", () => {
  let identity: EmulatedIdentity;
  let served: Served;
  const clients: { readonly client: SdkClientName; readonly dialect: DialectName; readonly reader: SdkClient }[] = [];
  const firsts = new Map<SdkClient, Told>();
  const keyEnds: string[] = [];

  beforeAll(async () => {
    const prepared = await prepareSdkClients("the metadata server read by");
    identity = await createEmulatedIdentity();
    identity.limitSessions(sessionSeconds);
    giveLongTokens(identity.emulator);
    const cli = startCli(["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")]);
    served = await readServed(cli);
    keyEnds.push(keyIdOf(await credentials(served)).slice(-4));
    for (const [client, command] of prepared) {
      for (const dialect of Object.keys(dialects) as DialectName[]) {
        const variables = { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1", ...dialects[dialect](served) };
        const env = cleanEnvironment({
          ...pythonEnvironment(),
          AWS_ENDPOINT_URL_STS: identity.emulator.url,
          ...variables,
        });
        clients.push({ client, dialect, reader: new SdkClient(command, env) });
      }
    }
    for (const { reader } of clients) firsts.set(reader, await reader.told());
    await until(
      () => get(`${served.url}/metrics`),
      ({ body }) => body.includes('renewals_total{session="Demo"} 2'),
      90_000,
    );
    keyEnds.push(keyIdOf(await credentials(served)).slice(-4));
  }, 300_000);

  afterAll(async () => {
    await Promise.all(clients.map(({ reader }) => reader.end()));
    await served.cli.stop();
    await identity.emulator.stop();
  });

  describe.each(sdkClientNames)("%s", (client) => {
    test.each(Object.keys(dialects) as DialectName[])("through %s", async (dialect) => {
      const reader = clients.find((entry) => entry.client === client && entry.dialect === dialect)?.reader;
      // Skipped, and told at the end of the run: it could not be prepared.
      if (reader === undefined) return;
      const first = firsts.get(reader);
      const second = await reader.again();
      expect(first?.arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/Demo\//);
      expect(first?.keyEnd).toBe(keyEnds[0]);
      expect(second.arn).toBe(first?.arn);
      // The JavaScript SDK renews behind the answer of a session that ends soon: a later answer has it. From the metadata
      // service SDKs go on with a session in its last quarter of an hour, as all of this one is: what a
      // client finds that has nothing yet tells whether they read the new one.
      const third = await reader.againUntil(
        ({ keyEnd }) => keyEnd === keyEnds[1],
        dialect === "IMDSv2" ? "new" : "same",
      );
      expect(third).toEqual({ arn: first?.arn, keyEnd: keyEnds[1] });
    });
  });

  test("cost one session before the renewal and one after it", () => {
    expect(identity.emulator.count("CreateSession")).toBe(2);
  });
});
