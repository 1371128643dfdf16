import { spawn } from "node:child_process";
import { wordsOf } from "../../aws/process-line.js";
import type { Invocation } from "../invocation.js";
import { ownCommand } from "../line/own-command.js";
import type { ProfileSettings } from "./profile.js";

export type Trial =
  | { readonly kind: "works"; readonly expiration: string }
  | { readonly kind: "fails"; readonly exitStatus: number };

/**
 * Runs the profile's line as an SDK does. If the line reads keys that are not written yet, runs this program with the
 * settings as flags. Its stderr is shown to the user.
 */
export async function trySettings(
  { line, settings }: { readonly line: string | undefined; readonly settings: ProfileSettings },
  invocation: Invocation,
): Promise<Trial> {
  const [program = "", ...words] = [...ownCommand(invocation), "credential-process", ...wordsOf(settings)];
  const { status, output } = await new Promise<{ status: number; output: string }>((resolve, reject) => {
    const child = spawn(line ?? program, line === undefined ? words : [], {
      env: invocation.variables,
      shell: line !== undefined,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 1, output: text }));
  });
  const expiration = status === 0 ? parseExpiration(output) : undefined;
  return expiration === undefined
    ? { kind: "fails", exitStatus: status === 0 ? 1 : status }
    : { kind: "works", expiration };
}

function parseExpiration(text: string): string | undefined {
  try {
    const document = JSON.parse(text) as { readonly Version?: unknown; readonly Expiration?: unknown };
    return document.Version === 1 && typeof document.Expiration === "string" ? document.Expiration : undefined;
  } catch {
    return undefined;
  }
}
