import { readFileSync } from "node:fs";
import * as tls from "node:tls";

const bundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
] as const;

interface CertificateSource {
  getCACertificates?(kind: "system"): string[];
}

/** Returns the system's root certificates as PEM: from Node's view of the store, else the first known bundle. */
export function readSystemRoots(): readonly string[] | undefined {
  const native = (tls as CertificateSource).getCACertificates?.("system");
  if (native !== undefined && native.length > 0) return native;
  for (const file of bundles) {
    try {
      return [readFileSync(file, "utf8")];
    } catch {
      continue;
    }
  }
  return undefined;
}
