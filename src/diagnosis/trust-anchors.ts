import type { Certificate } from "../identity/certificate.js";
import { parseMaterialSource } from "../identity/material-source.js";
import { parseCertificates } from "../identity/pem-certificates.js";
import { readIdentityFile } from "../identity/read-file.js";
import type { IdentityContext } from "../identity/source.js";

/**
 * The certificates of a trust anchor, from a PEM file.
 *
 * @returns None when no file is named.
 * @throws IdentityError
 */
export async function readTrustAnchors(
  path: string | undefined,
  context: IdentityContext,
): Promise<readonly Certificate[]> {
  if (path === undefined) return [];
  const origin = { kind: "flag", name: "--trust-anchor-bundle" } as const;
  const value = parseMaterialSource({ value: path, origin });
  return parseCertificates(await readIdentityFile({ value, origin }, "certificate", context));
}
