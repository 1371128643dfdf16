import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the front knows about an access key. */
export interface KnownKey {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAtMs?: number;
}

export interface FrontRequest {
  /** Counts from 0 over all requests, including failed ones. */
  readonly number: number;
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Interference with an answer. */
export type Interference =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly cutAfterBytes: number }
  | { readonly stallAfterBytes: number }
  /** Changes the byte at this fraction of the answer. */
  | { readonly garbleAt: number };

export interface FrontOptions {
  readonly upstreamPort: number;
  readonly service?: string;
  readonly region?: string;
  readonly keyOf: (accessKeyId: string, sessionToken: string | undefined) => KnownKey | undefined;
  readonly interfere?: (request: FrontRequest) => Interference | undefined | Promise<Interference | undefined>;
  /** Milliseconds to add to the front's clock. */
  readonly skewMs?: number;
}

export interface SignedFront {
  readonly url: string;
  /** Every request, in order of arrival. */
  readonly requests: readonly FrontRequest[];
  close(): Promise<void>;
}

/**
 * Checks signatures in front of a server that checks none: signature, date, region, service, session token and its
 * expiry. Written from the SigV4 documentation, independently of both signers that this package uses.
 */
export async function startSignedFront(options: FrontOptions): Promise<SignedFront> {
  const requests: FrontRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing, options, requests).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function handle(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: FrontOptions,
  requests: FrontRequest[],
): Promise<void> {
  const body = await readAll(incoming);
  const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
  const request = {
    number: requests.length,
    operation,
    body: JSON.parse(body.toString("utf8")) as FrontRequest["body"],
  };
  requests.push(request);
  const now = Date.now() + (options.skewMs ?? 0);
  const refusal = checkSignature(incoming, body, options, now);
  if (refusal !== undefined) {
    outgoing.writeHead(400, { "content-type": "application/x-amz-json-1.0", date: new Date(now).toUTCString() });
    outgoing.end(JSON.stringify({ __type: `com.amazon.coral.service#${refusal[0]}`, message: refusal[1] }));
    return;
  }
  const interference = await options.interfere?.(request);
  if (interference !== undefined && "status" in interference) {
    outgoing.writeHead(interference.status, interference.headers);
    outgoing.end(JSON.stringify(interference.body));
    return;
  }
  const sent = httpRequest({
    host: "127.0.0.1",
    port: options.upstreamPort,
    method: "POST",
    path: incoming.url,
    headers: incoming.headers,
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const answer = await readAll(response);
  const { statusCode = 500, headers } = response;
  outgoing.writeHead(statusCode, { ...headers, "content-length": answer.length });
  if (interference === undefined) {
    outgoing.end(answer);
  } else if ("garbleAt" in interference) {
    const index = Math.floor(interference.garbleAt * answer.length);
    answer[index] = (answer[index] as number) ^ 0x01;
    outgoing.end(answer);
  } else if ("cutAfterBytes" in interference) {
    outgoing.write(answer.subarray(0, interference.cutAfterBytes), () => outgoing.destroy());
  } else {
    outgoing.write(answer.subarray(0, interference.stallAfterBytes));
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @returns The service's code and text if it refuses the request */
function checkSignature(
  { headers, method = "POST", url = "/" }: IncomingMessage,
  body: Buffer,
  options: FrontOptions,
  now: number,
): readonly [code: string, message: string] | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (match === null) return ["IncompleteSignatureException", "the Authorization header cannot be read"];
  const [, accessKeyId = "", day = "", region = "", service = "", signedNames = "", signature] = match;
  const token = headers["x-amz-security-token"] as string | undefined;
  const key = options.keyOf(accessKeyId, token);
  if (key === undefined || key.sessionToken !== token) {
    return ["UnrecognizedClientException", "The security token included in the request is invalid."];
  }
  if (key.expiresAtMs !== undefined && key.expiresAtMs <= now) {
    return ["ExpiredTokenException", "The security token included in the request is expired"];
  }
  const date = String(headers["x-amz-date"]);
  const sentMs = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(Math.abs(sentMs - now) < 300_000)) {
    return ["InvalidSignatureException", `Signature expired: ${date} is now earlier than the tolerated time`];
  }
  const wantedService = options.service ?? "dynamodb";
  if (service !== wantedService || region !== (options.region ?? "us-east-1") || !date.startsWith(day)) {
    return ["InvalidSignatureException", `Credential should be scoped to ${wantedService} and a valid region`];
  }
  const names = signedNames.split(";");
  const must = ["host", "x-amz-date", "x-amz-target", ...(token === undefined ? [] : ["x-amz-security-token"])];
  if (must.some((name) => !names.includes(name))) return ["InvalidSignatureException", "a header is not signed"];
  const [path = "/", query = ""] = url.split("?");
  const canonical = [
    method,
    path,
    query,
    ...names.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, " ")}`),
    "",
    signedNames,
    createHash("sha256").update(body).digest("hex"),
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    date,
    `${day}/${region}/${service}/aws4_request`,
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    (current, part) => createHmac("sha256", current).update(part).digest(),
    `AWS4${key.secretAccessKey}`,
  );
  const expected = createHmac("sha256", signingKey).update(text).digest("hex");
  return expected === signature
    ? undefined
    : ["InvalidSignatureException", "The request signature we calculated does not match"];
}
