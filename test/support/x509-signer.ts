import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { Issued } from "./pki.js";

/** Independent client of CreateSession, as small as the protocol allows; every part of a request can be corrupted. */
export interface SessionRequest {
  readonly url: string;
  readonly leaf: Issued;
  readonly chain?: readonly Issued[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Body to send, if it differs from the signed one. */
  readonly sentBody?: string;
  readonly date?: Date;
  readonly region?: string;
  readonly service?: string;
  readonly algorithm?: string;
  readonly serial?: string;
  readonly signer?: Issued;
  readonly path?: string;
  readonly signedPath?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly leaveUnsigned?: readonly string[];
  readonly spoilAuthorization?: (text: string) => string;
  readonly spoilSignature?: (signature: Buffer) => Buffer;
  readonly ca?: string;
  /** Receives the headers that are signed and sent, without `authorization`. */
  readonly onHeaders?: (headers: Readonly<Record<string, string>>) => void;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer of any shape, which tests inspect
  readonly json: any;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const escape = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export function sendCreateSession(spec: SessionRequest): Promise<HttpAnswer> {
  const date = (spec.date ?? new Date()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const query = Object.entries(spec.query ?? {})
    .map(([name, value]) => `${escape(name)}=${escape(value)}`)
    .sort()
    .join("&");
  const body = spec.body === undefined ? "" : typeof spec.body === "string" ? spec.body : JSON.stringify(spec.body);
  const { host, pathname } = new URL(spec.url);
  const prefix = pathname === "/" ? "" : pathname;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    host,
    "x-amz-date": date,
    "x-amz-x509": spec.leaf.der.toString("base64"),
  };
  if (spec.chain !== undefined) headers["x-amz-x509-chain"] = spec.chain.map((c) => c.der.toString("base64")).join(",");
  for (const [name, value] of Object.entries(spec.headers ?? {})) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  const signed = Object.keys(headers)
    .filter((name) => !(spec.leaveUnsigned ?? []).includes(name))
    .sort();
  const canonical = [
    "POST",
    spec.signedPath ?? `${prefix}/sessions`,
    query,
    ...signed.map((name) => `${name}:${headers[name]}`),
    "",
    signed.join(";"),
    sha256(body),
  ].join("\n");
  const signer = spec.signer ?? spec.leaf;
  const algorithm = spec.algorithm ?? algorithmOf(signer);
  const scope = `${date.slice(0, 8)}/${spec.region ?? "us-east-1"}/${spec.service ?? "rolesanywhere"}/aws4_request`;
  const text = [algorithm, date, scope, sha256(canonical)].join("\n");
  const serial = spec.serial ?? serialOf(spec.leaf).toString();
  const raw = signer.key.sign(Buffer.from(text), "sha256");
  const signature = (spec.spoilSignature ?? ((bytes: Buffer) => bytes))(raw).toString("hex");
  const authorization = `${algorithm} Credential=${serial}/${scope}, SignedHeaders=${signed.join(";")}, Signature=${signature}`;
  spec.onHeaders?.(headers);
  const path = `${spec.path ?? `${prefix}/sessions`}${query === "" ? "" : `?${query}`}`;
  return send(spec.url, {
    method: "POST",
    path,
    headers: { ...headers, authorization: (spec.spoilAuthorization ?? ((t: string) => t))(authorization) },
    body: spec.sentBody ?? body,
    ca: spec.ca,
  });
}

function algorithmOf({ key }: Issued): string {
  const names = { rsa: "AWS4-X509-RSA-SHA256", ec: "AWS4-X509-ECDSA-SHA256" } as Record<string, string>;
  return names[key.privateKey?.asymmetricKeyType ?? ""] ?? "AWS4-X509-MLDSA";
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly ca?: string | undefined;
}

/** Sends a request with path and headers unchanged. */
export function send(url: string, { method, path, headers = {}, body = "", ca }: RawRequest): Promise<HttpAnswer> {
  const { protocol, hostname, port } = new URL(url);
  const open = protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = open(
      {
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port,
        method,
        path,
        headers: { "content-length": Buffer.byteLength(body), ...headers },
        agent: false,
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => void chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the serial number from the DER, without the emulator's reader: [0] version, then the integer. */
function serialOf({ der }: Issued): bigint {
  let offset = 0;
  const enter = () => {
    const first = der[offset + 1] ?? 0;
    const bytes = first < 0x80 ? 0 : first & 0x7f;
    const length = bytes === 0 ? first : der.readUIntBE(offset + 2, bytes);
    offset += 2 + bytes;
    return length;
  };
  enter();
  enter();
  if (der[offset] === 0xa0) offset += 5;
  const length = enter();
  return BigInt.asIntN(8 * length, BigInt(`0x${der.subarray(offset, offset + length).toString("hex")}`));
}
