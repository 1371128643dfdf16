import { readAsJavaScript } from "./javascript.js";
import { readAsPython } from "./python.js";
import { mergedKeys } from "./reading.js";
import type { Reading, SharedTexts } from "./reading.js";

/** What a tool would take as the profile's credentials. */
export type Outcome =
  | { readonly kind: "process"; readonly line: string }
  | { readonly kind: "keys" }
  | { readonly kind: "nothing"; readonly reason: string };

export const tools = {
  "the AWS CLI and boto3": outcomeOf(readAsPython, ["credentials keys", "process", "keys"]),
  "the AWS SDK for JavaScript": outcomeOf(readAsJavaScript, ["keys", "process"]),
} as const satisfies Readonly<Record<string, (texts: SharedTexts, profile: string) => Outcome>>;

export type Tool = keyof typeof tools;

type Source = "process" | "keys" | "credentials keys";

/** Of a profile with keys or a process alone: roles and logins are looked at elsewhere. */
function outcomeOf(
  read: (texts: SharedTexts) => Reading,
  order: readonly Source[],
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
    const line = keys.get("credential_process") ?? "";
    for (const source of order) {
      const place = source === "credentials keys" ? reading.credentials.get(profile) : keys;
      if (source === "process" && line !== "") return { kind: "process", line };
      if (source !== "process" && hasKeys(place)) return { kind: "keys" };
    }
    return { kind: "nothing", reason: "the profile has no credential_process" };
  };
}

function hasKeys(keys: ReadonlyMap<string, string> | undefined): boolean {
  return (keys?.get("aws_access_key_id") ?? "") !== "" && (keys?.get("aws_secret_access_key") ?? "") !== "";
}
