import { createHash } from "node:crypto";

/** Digests of what a token or TPM has refused while this process runs. */
const refused = new Set<string>();

/**
 * Remembers that a device refused a secret. Devices lock after a few wrong ones, so a process that renews by itself must
 * not offer the same one again.
 *
 * @param device What the secret was for, such as a token's serial number.
 */
export function rememberRefusal(device: string, secret: string): void {
  refused.add(digestOf(device, secret));
}

export function wasRefused(device: string, secret: string): boolean {
  return refused.has(digestOf(device, secret));
}

function digestOf(device: string, secret: string): string {
  return createHash("sha256").update(`${device.length}:${device}${secret}`).digest("hex");
}
