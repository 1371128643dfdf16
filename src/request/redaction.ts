import type { HeaderFields } from "../aws/http/header-fields.js";

const secretHeaders = new Set([
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-amz-security-token",
  "x-amz-s3session-token",
  "x-api-key",
]);
const mask = "***";

/** A header's value as a trace may show it. */
export function redactHeader(name: string, value: string): string {
  const lower = name.toLowerCase();
  if (lower === "authorization") return value.replace(/^(AWS4\S+ .*Signature=).*$|^(\S+ ).*$/s, `$1$2${mask}`);
  return secretHeaders.has(lower) ? mask : value;
}

export function redactHeaders(fields: HeaderFields): HeaderFields {
  return fields.map(([name, value]) => [name, redactHeader(name, value)] as const);
}

/** A canonical request, a request target or a URL without tokens and signatures. */
export function redactText(text: string): string {
  return text
    .replaceAll(/^([a-z0-9-]+):(.*)$/gm, (line, name: string) => (secretHeaders.has(name) ? `${name}:${mask}` : line))
    .replaceAll(/(X-Amz-(?:Security-Token|S3session-Token|Signature)=)[^&\s]*/gi, `$1${mask}`);
}
