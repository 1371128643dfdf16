import { join } from "node:path";
import { fileNames } from "./folder.js";
import type { EmulatorState } from "./state.js";

export interface ConfigParts {
  readonly folder: string;
  readonly url: string;
  readonly state: EmulatorState;
  /** The words that run this program: an executable, or Node.js and a script. */
  readonly program: readonly string[];
  readonly tls: boolean;
}

/** An AWS config file whose profiles get their credentials from the emulator. */
export function formatAwsConfig({ folder, url, state, program, tls }: ConfigParts): string {
  const file = (name: string) => join(folder, name);
  const [anchor] = state.trustAnchors;
  const [profile] = state.profiles;
  const role = (name: string) => state.roles.find(({ arn }) => arn.endsWith(`/${name}`))?.arn ?? "";
  const base = ["--trust-anchor-arn", anchor?.arn ?? "", "--profile-arn", profile?.arn ?? "", "--endpoint", url];
  const process = (...words: readonly string[]) =>
    `credential_process = ${[...program, "credential-process", ...words, ...base].map(quoteWord).join(" ")}`;
  const rsa = ["--certificate", file(fileNames.rsa), "--private-key", file(fileNames.rsaKey)];
  const single = [...rsa, "--intermediates", file(fileNames.intermediate), "--role-arn", role("Demo")];
  const ec = ["--certificate", file(fileNames.ecChain), "--private-key", file(fileNames.ecKey)];
  const encrypted = ["--certificate", file(fileNames.ecChain), "--private-key", file(fileNames.ecEncryptedKey)];
  const shared = [
    `region = ${state.region}`,
    "services = emulator",
    ...(tls ? [`ca_bundle = ${file(fileNames.root)}`] : []),
  ];
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["profile single", [process(...single)]],
    ["profile ec", [process(...ec, "--role-arn", role("Demo"))]],
    [
      "profile encrypted",
      [process(...encrypted, "--password-file", file(fileNames.password), "--role-arn", role("Demo"))],
    ],
    ["profile chained", [process(...single, "--assume-role-arn", role("Target"))]],
    ["profile sourced", [`role_arn = ${role("Target")}`, "source_profile = single"]],
  ];
  const profiles = sections.map(([title, lines]) => [`[${title}]`, ...lines, ...shared, ""].join("\n"));
  const services = [
    "[services emulator]",
    "rolesanywhere =",
    `  endpoint_url = ${url}`,
    "sts =",
    `  endpoint_url = ${url}`,
  ];
  return `# Written by "rolesanywhere-ts emulator" at each start; changes are lost.\n\n${profiles.join("\n")}\n${services.join("\n")}\n`;
}

/** What a shell has to export so that AWS tools use the emulator. */
export function formatExports(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quoteWord(value)}\n`)
    .join("");
}

/** A word that a shell, and the AWS CLI's own splitter, read as written. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (/^[\w@%+=:,./ ()&;<>|*?[\]#~{}-]+$/.test(word)) return `"${word}"`;
  if (/^[^"$`]+$/.test(word) && /^[A-Za-z]:\\/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
