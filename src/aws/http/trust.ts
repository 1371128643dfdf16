import type { SecureContextOptions } from "node:tls";
import { readNamedText } from "../files/read-named-file.js";
import { UsageError } from "../../errors.js";
import { message } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import type { Sourced } from "../../origin.js";

/** Which servers to trust, the same for every service. */
export interface TrustSettings {
  readonly verifySsl: boolean;
  /** A PEM file that replaces the trusted roots, as in every AWS tool. */
  readonly caBundle: Sourced<string> | undefined;
  /** For servers that require a client certificate, such as an API's domain with mutual TLS. */
  readonly clientCertificate?: ClientCertificate | undefined;
}

/** PEM texts. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string | undefined;
}

/** Options of a TLS connection. Without `ca`, Node's own roots are trusted. */
export type TlsOptions = Pick<SecureContextOptions, "ca" | "cert" | "key" | "minVersion" | "passphrase"> & {
  readonly rejectUnauthorized: boolean;
};

/** @throws UsageError `ERR_SETTING` when the bundle cannot be read */
export function createTlsOptions({ verifySsl, caBundle, clientCertificate }: TrustSettings): TlsOptions {
  const common = { rejectUnauthorized: verifySsl, minVersion: "TLSv1.2", ...clientCertificate } as const;
  return caBundle === undefined ? common : { ...common, ca: [readCaBundle(caBundle)] };
}

/** Tells whether `SSL_CERT_FILE` or `SSL_CERT_DIR` names roots. */
export function namesRoots(variables: Readonly<Record<string, string | undefined>>): boolean {
  return ["SSL_CERT_FILE", "SSL_CERT_DIR"].some((name) => (variables[name] ?? "") !== "");
}

/**
 * Uses the roots in `SSL_CERT_FILE` and `SSL_CERT_DIR` instead of Node's own; a CA bundle takes precedence.
 *
 * @throws UsageError `ERR_SETTING` when they contain none
 */
export async function completeTrust(
  tls: TlsOptions,
  variables: Readonly<Record<string, string | undefined>>,
  debug: (line: string) => void,
): Promise<TlsOptions> {
  if (!namesRoots(variables) || tls.ca !== undefined || !tls.rejectUnauthorized) return tls;
  const { readEnvironmentRoots } = await import("./environment-roots.js");
  return { ...tls, ca: [...readEnvironmentRoots(variables, debug)] };
}

/**
 * Returns the trust for a retry after an unknown issuer: Node's own roots lack what an administrator added to the
 * system's. Returns undefined if a bundle is set, if nothing is verified, and for any other error.
 */
export async function widenTrust(tls: TlsOptions, error: unknown): Promise<TlsOptions | undefined> {
  if (tls.ca !== undefined || !(await import("./certificate-fault.js")).isUnknownIssuer(error)) return undefined;
  const roots = (await import("./system-roots.js")).readSystemRoots();
  return roots === undefined ? undefined : { ...tls, ca: [...roots] };
}

function readCaBundle({ value, origin }: Sourced<string>): string {
  const refuse = (problem: string) =>
    new UsageError("ERR_SETTING", message`${describeOrigin(origin)} names ${value}, which ${problem}`, {
      hints: ["point it at a PEM file of root certificates, or unset it"],
    });
  const text = readNamedText(value, (reason) => refuse(`cannot be read: ${reason}`));
  // Node.js ignores other text, and then trusts nobody.
  if (!/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(text)) throw refuse("holds no certificate in PEM");
  return text;
}
