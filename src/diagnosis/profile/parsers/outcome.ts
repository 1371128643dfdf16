import { dotnetRefusal } from "../dotnet-refusals.js";
import { readAsDotnet } from "./dotnet.js";
import { readAsGo } from "./go.js";
import { readAsJava } from "./java.js";
import { readAsJavaScript } from "./javascript.js";
import { readAsPython } from "./python.js";
import { mergedKeys } from "./reading.js";
import type { Reading, SharedTexts } from "./reading.js";

/** What a tool uses as the profile's credentials. */
export type Outcome =
  | { readonly kind: "process"; readonly line: string }
  | { readonly kind: "keys" }
  | { readonly kind: "nothing"; readonly reason: string };

type Keys = ReadonlyMap<string, string>;

/** What a tool evaluates: all keys of the profile, and those in the credentials file. */
interface Found {
  readonly keys: Keys;
  readonly own: Keys | undefined;
}

type Look = (found: Found) => Outcome | undefined;

const accessKeys: Look = ({ keys }) => (hasAccessKeys(keys) ? { kind: "keys" } : undefined);
const ownAccessKeys: Look = ({ own }) => (hasAccessKeys(own) ? { kind: "keys" } : undefined);
const process: Look = ({ keys }) => {
  const line = keys.get("credential_process") ?? "";
  return line === "" ? undefined : { kind: "process", line };
};
const emptyProcess: Look = ({ keys }) =>
  keys.get("credential_process") === "" ? { kind: "nothing", reason: "credential_process is empty" } : undefined;
const loneRole: Look = ({ keys }) =>
  (keys.get("role_arn") ?? "") !== "" &&
  ["source_profile", "credential_source", "web_identity_token_file"].every((key) => (keys.get(key) ?? "") === "")
    ? { kind: "nothing", reason: "role_arn stands there without source_profile" }
    : undefined;
const refused =
  (version: "3.7" | "4"): Look =>
  ({ keys }) => {
    const reason = dotnetRefusal(keys, version);
    return reason === undefined ? undefined : { kind: "nothing", reason };
  };

export const tools = {
  "the AWS CLI and boto3": outcomeOf(readAsPython, [loneRole, ownAccessKeys, emptyProcess, process, accessKeys]),
  "the AWS SDK for JavaScript": outcomeOf(readAsJavaScript, [accessKeys, process]),
  "the AWS SDK for Go": outcomeOf(readAsGo, [loneRole, accessKeys, process]),
  "the AWS SDK for Java": outcomeOf(readAsJava, [emptyProcess, process, accessKeys]),
  "the AWS SDK for .NET": outcomeOf(readAsDotnet, [loneRole, refused("4"), process, accessKeys]),
} as const satisfies Readonly<Record<string, (texts: SharedTexts, profile: string) => Outcome>>;

/** Version 3.7 parses the files as version 4 does, and refuses more keys. */
export const readByDotnet3 = outcomeOf(readAsDotnet, [refused("3.7"), process, accessKeys]);

export type Tool = keyof typeof tools;

/** Finds what a tool uses of keys and processes. Other code checks roles and logins. */
function outcomeOf(
  read: (texts: SharedTexts) => Reading,
  looks: readonly Look[],
): (texts: SharedTexts, profile: string) => Outcome {
  return (texts, profile) => {
    const reading = read(texts);
    if (reading.kind === "refused")
      return {
        kind: "nothing",
        reason: `the ${reading.file} file is refused${reading.line === 0 ? "" : ` for line ${reading.line}`}: ${reading.reason}`,
      };
    const keys = mergedKeys(reading, profile);
    if (keys === undefined) return { kind: "nothing", reason: "the profile is not found" };
    const found = { keys, own: reading.credentials.get(profile) };
    for (const look of looks) {
      const outcome = look(found);
      if (outcome !== undefined) return outcome;
    }
    return { kind: "nothing", reason: "the profile has no credential_process" };
  };
}

function hasAccessKeys(keys: Keys | undefined): boolean {
  return (keys?.get("aws_access_key_id") ?? "") !== "" && (keys?.get("aws_secret_access_key") ?? "") !== "";
}
