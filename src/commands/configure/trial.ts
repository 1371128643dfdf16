import { spawn } from "node:child_process";
import type { Invocation } from "../invocation.js";

export type Trial =
  | { readonly kind: "works"; readonly expiration: string }
  | { readonly kind: "fails"; readonly exitStatus: number };

/** Runs a `credential_process` line as an SDK does. What it writes to stderr is for the person who set it up. */
export async function tryLine(line: string, { variables }: Invocation): Promise<Trial> {
  const { status, output } = await new Promise<{ status: number; output: string }>((resolve, reject) => {
    const child = spawn(line, { env: variables, shell: true, stdio: ["ignore", "pipe", "inherit"] });
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
