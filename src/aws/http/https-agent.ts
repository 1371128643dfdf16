import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { UsageError } from "../../errors.js";
import { describeOrigin } from "../../origin.js";
import type { Sourced } from "../../origin.js";
import { createProxyAgent } from "./proxy.js";
import { readSystemRoots } from "./system-roots.js";
import { rootCertificates } from "node:tls";

export interface TlsSettings {
  readonly verifySsl: boolean;
  /** A PEM file that replaces the trusted roots. */
  readonly caBundle: Sourced<string> | undefined;
  /** Keeps connections for a caller of many requests; without it each request has its own. */
  readonly keepAlive?: boolean;
  /** URL of the proxy, empty for none; default: as the environment names it. */
  readonly proxy?: string | undefined;
}

/** An agent for AWS SDK clients with the same trust and proxy rules as the direct sender. */
export function createHttpsAgent(
  { verifySsl, caBundle, keepAlive = false, proxy }: TlsSettings,
  url: string,
  endpoint: string | undefined,
): Agent {
  const { hostname, port, protocol } = new URL(endpoint ?? url);
  const target = {
    protocol: protocol === "http:" ? ("http:" as const) : ("https:" as const),
    hostname,
    port: Number(port || 443),
  };
  const trust = { rejectUnauthorized: verifySsl, ca: trustedRoots(caBundle) };
  const proxied = createProxyAgent(target, trust, proxy);
  // The tunnel agent extends the plain agent; the SDK only calls what both have.
  if (proxied !== undefined) return proxied as unknown as Agent;
  return new Agent({ keepAlive, minVersion: "TLSv1.2", ...trust });
}

function trustedRoots(caBundle: Sourced<string> | undefined): string[] {
  if (caBundle === undefined) return [...rootCertificates, ...(readSystemRoots() ?? [])];
  try {
    return [readFileSync(caBundle.value, "utf8")];
  } catch (error) {
    throw new UsageError(
      "ERR_SETTING",
      `${describeOrigin(caBundle.origin)} names ${caBundle.value}, which cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`,
      {
        hints: ["point it at a PEM file of root certificates, or unset it"],
      },
    );
  }
}
