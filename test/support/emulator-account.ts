import { join } from "node:path";
import { fileNames } from "../../src/emulator/folder.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator, EmulatorOptions } from "../../src/emulator/start-emulator.js";
import { programWords } from "./run-cli.js";

export interface EmulatorAccount extends Emulator {
  /** Flags of the certificate path for a session as the role `Demo`. */
  readonly flags: readonly string[];
  readonly roleArn: (name: string) => string;
}

/** Starts an emulator whose profiles run the built executable. */
export async function startEmulatorAccount(options: EmulatorOptions = {}): Promise<EmulatorAccount> {
  const emulator = await startEmulator({ program: programWords(), ...options });
  const { trustAnchors, profiles, roles } = emulator.state();
  const roleArn = (name: string) => roles.find(({ arn }) => arn.endsWith(`/${name}`))!.arn;
  const flags = [
    ["--certificate", join(emulator.folder, fileNames.ecChain)],
    ["--private-key", join(emulator.folder, fileNames.ecKey)],
    ["--trust-anchor-arn", trustAnchors[0]!.arn],
    ["--profile-arn", profiles[0]!.arn],
    ["--role-arn", roleArn("Demo")],
  ];
  return { ...emulator, flags: flags.flat(), roleArn };
}
