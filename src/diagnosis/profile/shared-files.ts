import type { Finding } from "../finding.js";
import { fail, pass, warn } from "../finding.js";
import { tools } from "./parsers/outcome.js";
import type { Outcome, Tool } from "./parsers/outcome.js";
import type { SharedTexts } from "./parsers/reading.js";

const code = "SHARED_FILES";

/** Whether the tools find the profile's `credential_process` in the shared files, each by its own reading of them. */
export function checkSharedFiles(texts: SharedTexts, profile: string): Finding {
  const subject = `profile "${profile}"`;
  const found = Object.entries(tools).map(([tool, read]) => ({ tool: tool as Tool, outcome: read(texts, profile) }));
  const stumbling = found.filter(({ outcome }) => outcome.kind !== "process");
  if (stumbling.length === 0)
    return pass(code, subject, `${found.map(({ tool }) => tool).join(", ")} find its credential_process`);
  const told = stumbling.map(({ tool, outcome }) => `${tool}: ${describe(outcome)}`).join("; ");
  const hint = "write the section as [profile NAME], each key once, as key = value on one line without indentation";
  return stumbling.length === found.length ? fail(code, subject, told, hint) : warn(code, subject, told, hint);
}

function describe(outcome: Outcome): string {
  if (outcome.kind === "nothing") return outcome.reason;
  return outcome.kind === "keys" ? "access keys in the files win" : "its credential_process";
}
