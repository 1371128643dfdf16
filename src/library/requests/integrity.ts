import { createHash } from "node:crypto";

const strength = ["sha256", "sha384", "sha512"] as const;

/**
 * Verifies a response's body against the hashes of `integrity`. Only the strongest kind counts, as in Subresource
 * Integrity. The body can still be read.
 *
 * @throws TypeError when no hash matches the body.
 */
export async function verifyIntegrity(response: Response, integrity: string): Promise<void> {
  const hashes = [...integrity.matchAll(/(?:^|\s)(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?\S*)?(?=\s|$)/g)];
  const strongest = strength.findLast((name) => hashes.some(([, found]) => found === name));
  if (strongest === undefined) return;
  const body = Buffer.from(await response.clone().arrayBuffer());
  const found = createHash(strongest).update(body).digest("base64");
  const wanted = hashes.filter(([, name]) => name === strongest).map(([, , hash = ""]) => normalize(hash));
  if (!wanted.includes(normalize(found))) throw new TypeError("fetch failed: integrity mismatch");
}

function normalize(hash: string): string {
  return hash.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
}
