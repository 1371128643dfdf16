import { createHash } from "node:crypto";
import type { RunSecrets } from "./run-secrets.js";

type Refused = RunSecrets["refused"] | undefined;

/**
 * Remembers that a device refused a secret. Devices lock after a few wrong ones, so an unattended refresh must not try
 * the same one again.
 *
 * @param device Identifies what the secret was for, such as a token's serial number.
 */
export function rememberRefusal(refused: Refused, device: string, secret: string): void {
  refused?.add(digestOf(device, secret));
}

export function wasRefused(refused: Refused, device: string, secret: string): boolean {
  return refused?.has(digestOf(device, secret)) === true;
}

function digestOf(device: string, secret: string): string {
  return createHash("sha256").update(`${device.length}:${device}${secret}`).digest("hex");
}
