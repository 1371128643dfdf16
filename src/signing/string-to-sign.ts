import { sha256Hex } from "./canonical-request.js";

/** `YYYYMMDDTHHMMSSZ`, UTC. */
export function formatAmzDate(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

/** `YYYYMMDD/region/service/aws4_request`. */
export function credentialScope(amzDate: string, region: string, service: string): string {
  return `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`;
}

export function stringToSign(algorithm: string, amzDate: string, scope: string, canonical: string): string {
  return [algorithm, amzDate, scope, sha256Hex(canonical)].join("\n");
}
