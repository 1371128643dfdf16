import { join } from "node:path";
import { fileNames } from "./folder.js";
import type { EmulatorState } from "./state/memory.js";

export interface ConfigParts {
  readonly folder: string;
  readonly url: string;
  readonly state: EmulatorState;
  /** The command that runs this program: an executable, or Node.js and a script. */
  readonly program: readonly string[];
  readonly tls: boolean;
}

/** An AWS config file with profiles that use the emulator. */
export function formatAwsConfig({ folder, url, state, program, tls }: ConfigParts): string {
  const file = (name: string) => join(folder, name);
  const anchor = state.trustAnchors[0]?.arn ?? "";
  const profile = state.profiles[0]?.arn ?? "";
  const role = (name: string) => state.roles.find(({ arn }) => arn.endsWith(`/${name}`))?.arn ?? "";
  // All values in the file, including those outside command lines.
  for (const value of [folder, url, state.region, anchor, profile, ...state.roles.map(({ arn }) => arn)])
    refuseControls(value);
  const process = (...words: readonly string[]) =>
    `credential_process = ${[...program, "credential-process", ...words].map(quoteWord).join(" ")}`;
  const shared = [
    "--trust-anchor-arn",
    anchor,
    "--profile-arn",
    profile,
    "--role-arn",
    role("Demo"),
    "--endpoint",
    url,
  ];
  const rsa = ["--certificate", file(fileNames.rsa), "--private-key", file(fileNames.rsaKey)];
  const ec = ["--certificate", file(fileNames.ecChain), "--private-key", file(fileNames.ecKey)];
  const encrypted = ["--certificate", file(fileNames.ecChain), "--private-key", file(fileNames.ecEncryptedKey)];
  const settings = [
    `rolesanywhere_certificate = ${file(fileNames.ecChain)}`,
    `rolesanywhere_private_key = ${file(fileNames.ecKey)}`,
    `rolesanywhere_trust_anchor_arn = ${anchor}`,
    `rolesanywhere_profile_arn = ${profile}`,
    `rolesanywhere_role_arn = ${role("Demo")}`,
    `rolesanywhere_assume_role_arn = ${role("Target")}`,
  ];
  const aws = [
    `region = ${state.region}`,
    "services = emulator",
    ...(tls ? [`ca_bundle = ${file(fileNames.root)}`] : []),
  ];
  const sections: readonly (readonly [name: string, lines: readonly string[]])[] = [
    ["single", [process(...rsa, "--intermediates", file(fileNames.intermediate), ...shared)]],
    ["ec", [process(...ec, ...shared)]],
    ["encrypted", [process(...encrypted, "--password-file", file(fileNames.password), ...shared)]],
    ["chained", [process("--settings-profile", "chained"), ...settings]],
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

/** Quotes a word so that a shell and the AWS CLI's own splitter read it unchanged. */
export function quoteWord(word: string): string {
  refuseControls(word);
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (/^[\w@%+=:,./ ()&;<>|*?[\]#~{}-]+$/.test(word)) return `"${word}"`;
  if (/^[^"$`]+$/.test(word) && /^[A-Za-z]:\\/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
