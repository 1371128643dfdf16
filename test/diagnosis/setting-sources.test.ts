import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { runCli } from "../support/run-cli.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

test("check counts the settings of each source in words", async () => {
  const flags = emulatorFlags(emulator, { "role-arn": undefined, region: undefined });
  const { stdout } = await runCli(["check", "--json", ...flags], {
    env: { ROLESANYWHERE_TS_ROLE_ARN: roleArn(emulator, "Demo"), AWS_EC2_METADATA_DISABLED: "true" },
  });
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
  expect(findings.find(({ code }) => code === "SETTINGS")?.message).toMatch(
    /^complete: \d from flags, 1 from the environment, 1 derived from these, 1 by default$/,
  );
});
