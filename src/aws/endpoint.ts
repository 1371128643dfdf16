import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { unbracketed } from "./http/host-name.js";
import { partitionOfRegion } from "./partition.js";
import type { Region } from "./region.js";
import { redactUrls } from "./redact-url.js";

/** The endpoint of a service, with every part as sent and signed. */
export interface Endpoint {
  readonly protocol: "https:" | "http:";
  /** Without brackets for IPv6. */
  readonly hostname: string;
  readonly port: number;
  /** The Host header, with the port only if it is not the protocol's default. */
  readonly host: string;
  /** Prefix of every path, without a trailing slash, percent-encoded as given: `` or `/gateway`. */
  readonly pathPrefix: string;
}

export interface EndpointVariant {
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
}

/** Returns the variant of settings, each of which is undefined if it is off. */
export function variantOf({
  useFipsEndpoint,
  useDualstackEndpoint,
}: Readonly<Record<keyof EndpointVariant, object | undefined>>): EndpointVariant {
  return { useFipsEndpoint: useFipsEndpoint !== undefined, useDualstackEndpoint: useDualstackEndpoint !== undefined };
}

/** Returns the service's own endpoint in a region, from the partition table. */
export function serviceEndpoint(service: string, region: Region, variant: EndpointVariant): Endpoint {
  const partition = partitionOfRegion(region);
  const suffix = variant.useDualstackEndpoint ? partition.dualStackDnsSuffix : partition.dnsSuffix;
  const host = `${service}${variant.useFipsEndpoint ? "-fips" : ""}.${region}.${suffix}`;
  return { protocol: "https:", hostname: host, port: 443, host, pathPrefix: "" };
}

/**
 * Parses an endpoint URL. Its path stays exactly as written.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parseEndpoint(text: string, subject: Text): Endpoint {
  const match = /^(https?):\/\/([^/?#]*)([^?#]*)$/i.exec(text);
  if (match === null || !URL.canParse(text)) {
    throw refuse(text, subject, "expected a URL such as https://host:port, without query or fragment");
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw refuse("(not shown)", subject, "a URL with a user name or password in it is refused");
  if (/[^\u0021-\u007e]/.test(match[3] ?? ""))
    throw refuse(text, subject, "percent-encode white space and letters beyond ASCII in the path");
  const protocol = url.protocol === "http:" ? "http:" : "https:";
  return {
    protocol,
    hostname: unbracketed(url.hostname),
    port: url.port === "" ? (protocol === "https:" ? 443 : 80) : Number(url.port),
    host: url.host,
    pathPrefix: (match[3] ?? "").replace(/\/+$/, ""),
  };
}

export function formatEndpoint({ protocol, host, pathPrefix }: Endpoint): string {
  return `${protocol}//${host}${pathPrefix}`;
}

function refuse(text: string, subject: Text, reason: string): UsageError {
  return new UsageError("ERR_SETTING", message`${subject} is not a usable endpoint: "${redactUrls(text)}"; ${reason}`, {
    hints: ["leave it out to use the region's own endpoint"],
  });
}
