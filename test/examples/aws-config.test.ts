import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseKnownFiles } from "@smithy/core/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registry } from "../../src/commands/registry.js";
import { parseArguments } from "../../src/commands/line/arguments.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { cleanEnvironment, executable } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

const file = fileURLToPath(new URL("../../examples/aws-config", import.meta.url));
const posix = requireCondition("the example config with its emulator", process.platform !== "win32", "a POSIX system");
const missing = join(createScratch(), "none");
const profiles = await parseKnownFiles({ configFilepath: file, filepath: missing });

describe("examples/aws-config", () => {
  it("holds what the README promises, as the AWS SDK reads it", () => {
    expect(Object.keys(profiles)).toEqual([
      "single",
      "by-keys",
      "chained",
      "encrypted",
      "sourced",
      "emulator",
      "emulator-encrypted",
      "emulator-chained",
      "emulator-sourced",
      "services.emulator",
    ]);
  });

  it("has no line that one reader would cut at a comment sign and another would not", () => {
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    expect(lines.filter((line) => /\s[#;]/.test(line))).toEqual([]);
  });

  const processes = Object.entries(profiles).filter(([, keys]) => keys?.["credential_process"] !== undefined);
  it.each(processes)("writes flags for profile %s that the command line takes", async (_, keys) => {
    const [program, name = "", ...words] = (keys?.["credential_process"] ?? "").split(" ");
    expect(program).toBe("rolesanywhere-ts");
    const command = await registry[name]?.load();
    expect(Object.keys(parseArguments(words, command?.options ?? {}).options)).not.toEqual([]);
  });

  it("names rolesanywhere_* keys that are flags", async () => {
    const command = await registry["credential-process"]?.load();
    const keys = Object.values(profiles).flatMap((profile) => Object.keys(profile ?? {}));
    const flags = keys
      .filter((key) => key.startsWith("rolesanywhere_"))
      .map((key) => key.slice(14).replaceAll("_", "-"));
    expect(flags.filter((flag) => !Object.hasOwn(command?.options ?? {}, flag))).toEqual([]);
  });
});

describe.skipIf(!posix)("the example's emulator profiles", () => {
  let emulator: Emulator;
  let env: Record<string, string>;
  beforeAll(async () => {
    const home = createScratch("home");
    const bin = join(home, "bin");
    mkdirSync(bin);
    symlinkSync(executable, join(bin, "rolesanywhere-ts"));
    emulator = await startEmulator({ folder: join(home, "emulator") });
    env = cleanEnvironment({
      HOME: home,
      PATH: [bin, process.env["PATH"]].join(delimiter),
      AWS_CONFIG_FILE: file,
      // The example names a port; here it is another one, which the environment says as AWS has it.
      AWS_ENDPOINT_URL_ROLESANYWHERE: emulator.url,
      AWS_ENDPOINT_URL_STS: emulator.url,
    });
  });
  afterAll(() => emulator.stop());

  it.each([
    ["emulator", "Demo"],
    ["emulator-encrypted", "Demo"],
    ["emulator-chained", "Target"],
    ["emulator-sourced", "Partner"],
  ])("run: %s is the role %s", async (profile, role) => {
    const script = fileURLToPath(new URL("../clients/js-sdk-identity.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env: { ...env, AWS_PROFILE: profile } });
    expect(stdout).toMatch(new RegExp(`^arn:aws:sts::111122223333:assumed-role/${role}/`));
  });
});
