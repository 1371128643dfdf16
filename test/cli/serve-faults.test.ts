import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { startCli } from "../support/run-cli.js";
import { credentials, keyIdOf, readServed, until } from "../support/served.js";

const expired = { notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 3_600_000) };

const faults = {
  "AWS answers 500": ({ emulator }) =>
    emulator.addFaults({ kind: "error", statusCode: 500, code: "InternalServerException" }),
  "AWS throttles": ({ emulator }) =>
    emulator.addFaults({ kind: "error", statusCode: 400, code: "ThrottlingException" }),
  "AWS drops connections": ({ emulator }) => emulator.addFaults({ kind: "drop" }),
  "AWS hangs": ({ emulator }) => emulator.addFaults({ kind: "latency", milliseconds: 60_000 }),
  "AWS is gone": ({ emulator }) => void emulator.stop(),
  "the certificate has expired": ({ rotate }) => rotate(expired),
  "the certificate file is empty": ({ certificatePath }) => writeFileSync(certificatePath, ""),
} satisfies Record<string, (identity: EmulatedIdentity) => void>;

/** Long enough for many reads, short enough for a test; the service itself gives 900 s at least. */
const sessionSeconds = 9;

describe.concurrent("serve while a session is valid and its renewal fails", () => {
  test.each(Object.entries(faults))("because %s", async (_, disturb) => {
    const identity = await createEmulatedIdentity();
    identity.limitSessions(sessionSeconds);
    const cli = startCli(["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")]);
    try {
      const served = await readServed(cli);
      const first = await credentials(served);
      const end = Date.parse((JSON.parse(first.body) as { Expiration: string }).Expiration);
      disturb(identity);
      const keyIds = new Set<string>();
      // A busy machine may take a second for a read that begins while the session is valid.
      while (Date.now() < end - 1500) {
        keyIds.add(keyIdOf(await credentials(served)));
        await sleep(50);
      }
      expect(keyIds).toEqual(new Set([keyIdOf(first)]));
      const refused = await until(
        () => credentials(served),
        ({ status }) => status !== 200,
      );
      expect(refused.status).toBe(503);
      expect(JSON.parse(refused.body)).toMatchObject({
        code: expect.stringMatching(/^ERR_/),
        message: expect.stringMatching(/\w/),
      });
      expect(refused.body).not.toContain("SecretAccessKey");
    } finally {
      await cli.stop();
      await identity.emulator.stop();
    }
  });
});
