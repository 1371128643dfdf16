import { join } from "node:path";
import { formatProcessLine } from "../aws/process-line.js";
import { fileNames } from "./folder.js";
import type { EmulatorState } from "./state/memory.js";

export interface ConfigParts {
  readonly folder: string;
  readonly url: string;
  readonly state: EmulatorState;
  /** The command that runs this program: an executable, or Node.js and a script. */
  readonly program: readonly string[];
  readonly tls: boolean;
  readonly platform: NodeJS.Platform;
}

/** An AWS config file with profiles that use the emulator. */
export function formatAwsConfig({ folder, url, state, program, tls, platform }: ConfigParts): string {
  const file = (name: string) => join(folder, name);
  const anchor = state.trustAnchors[0]?.arn ?? "";
  const profile = state.profiles[0]?.arn ?? "";
  const role = (name: string) => state.roles.find(({ arn }) => arn.endsWith(`/${name}`))?.arn ?? "";
  // All values in the file, including those outside command lines.
  for (const value of [folder, url, state.region, anchor, profile, ...state.roles.map(({ arn }) => arn)])
    refuseControls(value);
  const shared = [
    ["trust-anchor-arn", anchor],
    ["profile-arn", profile],
    ["role-arn", role("Demo")],
  ] as const;
  const rsa = [
    ["certificate", file(fileNames.rsa)],
    ["private-key", file(fileNames.rsaKey)],
  ] as const;
  const ec = [
    ["certificate", file(fileNames.ecChain)],
    ["private-key", file(fileNames.ecKey)],
  ] as const;
  const encrypted = [
    ["certificate", file(fileNames.ecChain)],
    ["private-key", file(fileNames.ecEncryptedKey)],
    ["password-file", file(fileNames.password)],
  ] as const;
  const endpoint = ["endpoint", url] as const;
  const process = (name: string, settings: readonly (readonly [string, string])[], asKeys = false) => {
    const { line, inKeys } = formatProcessLine({
      program,
      profile: name,
      settings: new Map(settings),
      asKeys,
      platform,
    });
    const keys = settings.map(([flag, value]) => `rolesanywhere_${flag.replaceAll("-", "_")} = ${value}`);
    return [`credential_process = ${line}`, ...(inKeys ? keys : [])];
  };
  const aws = [
    `region = ${state.region}`,
    "services = emulator",
    ...(tls ? [`ca_bundle = ${file(fileNames.root)}`] : []),
  ];
  const sections: readonly (readonly [name: string, lines: readonly string[]])[] = [
    ["single", process("single", [...rsa, ["intermediates", file(fileNames.intermediate)], ...shared, endpoint])],
    ["ec", process("ec", [...ec, ...shared, endpoint])],
    ["encrypted", process("encrypted", [...encrypted, ...shared, endpoint])],
    ["chained", process("chained", [...ec, ...shared, ["assume-role-arn", role("Target")]], true)],
    ["sourced", [`role_arn = ${role("Target")}`, "source_profile = single"]],
  ];
  const profiles = sections.map(([name, lines]) => [`[profile ${name}]`, ...lines, ...aws, ""].join("\n"));
  const services = [
    "[services emulator]",
    "rolesanywhere =",
    `  endpoint_url = ${url}`,
    "sts =",
    `  endpoint_url = ${url}`,
  ];
  return `# Written by "rolesanywhere-ts emulator" at each start; changes are lost.\n\n${profiles.join("\n")}\n${services.join("\n")}\n`;
}

/** A line end would start a new setting or a new command. */
function refuseControls(value: string): void {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) throw new Error(`${JSON.stringify(value)} contains a control character`);
}
