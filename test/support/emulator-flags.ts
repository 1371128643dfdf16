import { join } from "node:path";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { SessionArns } from "../../src/index.js";

/** Returns the ARN of the emulator's predefined role or profile of this name. */
export function roleArn(emulator: Emulator, name: string): string {
  return find(
    emulator.state().roles.map(({ arn }) => arn),
    name,
  );
}

export function profileArn(emulator: Emulator, name: string): string {
  const found = emulator.state().profiles.find((profile) => profile.name === name);
  return found?.arn ?? fail(name);
}

/** Returns the ARNs for a session as the emulator's role Demo. */
export function sessionArns(emulator: Emulator): SessionArns {
  return {
    trustAnchorArn: emulator.state().trustAnchors[0]?.arn ?? "",
    profileArn: profileArn(emulator, "Demo"),
    roleArn: roleArn(emulator, "Demo"),
  };
}

/** Returns `credential-process` flags for the emulator's EC client with its chain; undefined omits a flag. */
export function emulatorFlags(
  emulator: Emulator,
  changes: Readonly<Record<string, string | undefined>> = {},
): readonly string[] {
  const flags: Record<string, string | undefined> = {
    certificate: join(emulator.folder, "ec-chain.pem"),
    "private-key": join(emulator.folder, "ec-key.pem"),
    "trust-anchor-arn": emulator.state().trustAnchors[0]?.arn,
    "profile-arn": profileArn(emulator, "Demo"),
    "role-arn": roleArn(emulator, "Demo"),
    endpoint: emulator.url,
    ...changes,
  };
  return Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}

function find(arns: readonly string[], name: string): string {
  return arns.find((arn) => arn.endsWith(`/${name}`)) ?? fail(name);
}

function fail(name: string): never {
  throw new Error(`the emulator has no ${name}`);
}
