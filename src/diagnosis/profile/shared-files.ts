import { splitCommandLine } from "../../aws/command-line.js";
import type { Finding } from "../finding.js";
import { fail, pass, warn } from "../finding.js";
import { dotnetRefusal } from "./dotnet-refusals.js";
import { readByDotnet3, tools } from "./parsers/outcome.js";
import type { Outcome } from "./parsers/outcome.js";
import type { SharedTexts } from "./parsers/reading.js";
import { decodeText } from "../../aws/files/decode-text.js";
import type { AssumedRole } from "./source.js";

const code = "SHARED_FILES";

/** Contents of the shared files; undefined for one that does not exist. */
interface SharedBytes {
  readonly config: Buffer | undefined;
  readonly credentials: Buffer | undefined;
}

/**
 * Checks that each tool finds the profile's `credential_process` when it parses the shared files in its own way.
 *
 * @param line The `credential_process` line that this program finds.
 */
export function checkSharedFiles(files: SharedBytes, profile: string, line: string): Finding {
  const utf8 = decodeEach(files, (bytes) => bytes.toString("utf8"));
  // Only .NET recognizes byte order marks, including that of UTF-16.
  const marked = decodeEach(files, decodeText);
  const subject = `profile "${profile}"`;
  const faults = new Map<string, string[]>();
  for (const [tool, read] of Object.entries(tools)) {
    const fault = describeFault(read(tool === "the AWS SDK for .NET" ? marked : utf8, profile), line);
    if (fault !== undefined) faults.set(fault, [...(faults.get(fault) ?? []), tool]);
  }
  const names = Object.keys(tools);
  if (faults.size === 0) {
    const old = readByDotnet3(marked, profile);
    const note = old.kind === "nothing" ? `; .NET 3.7 refuses the profile: ${old.reason}` : "";
    return pass(code, subject, `${joinNames(names)} find its credential_process${note}`);
  }
  const stumbling = [...faults.values()].flat();
  const found = [...faults].map(([fault, who]) => `${joinNames(who)}: ${fault}`).join("; ");
  const hint =
    "write the section as [profile NAME], each key once, as key = value on one line without indentation, and no other credentials beside credential_process";
  return stumbling.length === names.length ? fail(code, subject, found, hint) : warn(code, subject, found, hint);
}

/** Warns about profiles with a role that also have a `credential_process`, which most tools ignore. */
export function checkRoleProfiles(roles: readonly AssumedRole[]): readonly Finding[] {
  return roles.flatMap(({ profile, keys }) => {
    const refusal = dotnetRefusal(keys, "4");
    if (refusal === undefined) return [];
    const hint = "keep credential_process in the source_profile alone";
    return [warn(code, `profile "${profile}"`, `the AWS SDK for .NET refuses it: ${refusal}`, hint)];
  });
}

function decodeEach({ config, credentials }: SharedBytes, decode: (bytes: Buffer) => string): SharedTexts {
  const textOf = (bytes: Buffer | undefined) => (bytes === undefined ? undefined : decode(bytes));
  return { config: textOf(config), credentials: textOf(credentials) };
}

function describeFault(outcome: Outcome, line: string): string | undefined {
  if (outcome.kind === "nothing") return outcome.reason;
  if (outcome.kind === "keys") return "access keys in the files win";
  if (hasSameWords(outcome.line, line)) return undefined;
  return line.slice(1, -1) === outcome.line
    ? "credential_process loses the quotation marks at its two ends"
    : "credential_process ends elsewhere";
}

function hasSameWords(one: string, other: string): boolean {
  return JSON.stringify(splitCommandLine(one).words) === JSON.stringify(splitCommandLine(other).words);
}

/** Formats names, such as `the AWS CLI and boto3, the AWS SDK for Go, Java and .NET`. */
function joinNames(names: readonly string[]): string {
  const prefix = "the AWS SDK for ";
  const languages = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const others = names.filter((name) => !name.startsWith(prefix));
  const last = languages.length > 1 ? ` and ${languages.at(-1) ?? ""}` : "";
  const first = languages.length > 1 ? languages.slice(0, -1) : languages;
  return [...others, ...(languages.length === 0 ? [] : [`${prefix}${first.join(", ")}${last}`])].join(", ");
}
