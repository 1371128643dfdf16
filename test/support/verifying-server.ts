// A server that reads raw bytes from the socket and checks SigV4 and SigV4A with separate code: nothing in src/ and no
// URL or HTTP parser has touched what it compares.
import { createHash, createHmac, createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/** Key pair that AWS's signing test suite publishes for its example credentials. */
const examplePublicKey = createPublicKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: Buffer.from("b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1", "hex").toString("base64url"),
    y: Buffer.from("865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518", "hex").toString("base64url"),
  },
});

export const exampleCredentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE//+a==",
} as const;

export interface ReceivedRequest {
  /** As received, without the line end. */
  readonly requestLine: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyLength: number;
  readonly bodySha256: string;
  /** At most the first MiB. */
  readonly body: Buffer;
  /** Undefined if the request has no signature. */
  readonly verdict: Verdict | undefined;
}

export interface Verdict {
  readonly valid: boolean;
  readonly reason: string;
  readonly canonical: string;
  readonly stringToSign: string;
}

export interface ServerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection without an answer. */
  readonly hangUp?: boolean;
}

export interface VerifyingServerOptions {
  readonly answer?: (request: ReceivedRequest, index: number) => ServerAnswer | undefined;
  /** How far its clock is ahead; it refuses requests more than 5 minutes off and sends its own `Date`. */
  readonly clockOffsetMs?: number;
  readonly checkClock?: boolean;
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
}

export interface VerifyingServer {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  close(): Promise<void>;
}

export async function startVerifyingServer(options: VerifyingServerOptions = {}): Promise<VerifyingServer> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const listen = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    serve(socket, options, requests).catch(() => socket.destroy());
  };
  const server: Server = options.tls === undefined ? createServer(listen) : createTlsServer(options.tls, listen);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    origin: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve(socket: Socket, options: VerifyingServerOptions, requests: ReceivedRequest[]): Promise<void> {
  const reader = readBytes(socket);
  const head = (await reader.until("\r\n\r\n")).toString("latin1");
  const [requestLine = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/g, "")] as const;
  });
  const [method = "", target = ""] = requestLine.split(" ");
  const content = await readContent(reader, headers);
  const date = new Date(Date.now() + (options.clockOffsetMs ?? 0));
  const shape = { method, target, headers, ...content };
  const verdict = judge(shape, options.checkClock === true || options.clockOffsetMs !== undefined ? date : undefined);
  const request: ReceivedRequest = { requestLine, ...shape, verdict };
  requests.push(request);
  const answer = options.answer?.(request, requests.length - 1) ?? plainAnswer(request);
  if (answer.hangUp === true) {
    socket.destroy();
    return;
  }
  const body = Buffer.from(answer.body ?? "");
  const fields = {
    Date: date.toUTCString(),
    "Content-Length": String(body.length),
    Connection: "close",
    ...answer.headers,
  };
  const text = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${answer.status} ${answer.status === 200 ? "OK" : "Status"}\r\n${text.join("")}\r\n`);
  socket.end(method === "HEAD" ? "" : body);
}

function plainAnswer({ verdict }: ReceivedRequest): ServerAnswer {
  if (verdict?.valid === true)
    return { status: 200, headers: { "Content-Type": "application/json" }, body: '{"ok":true}\n' };
  if (verdict === undefined) return { status: 403, body: '{"message":"Missing Authentication Token"}' };
  return {
    status: 403,
    headers: { "x-amzn-ErrorType": verdict.reason.split(":")[0] ?? "" },
    body: refusalJson(verdict),
  };
}

/** Formats the answer of API Gateway and most services to a signature that they cannot confirm. */
export function refusalJson({ reason, canonical, stringToSign }: Verdict): string {
  if (reason.startsWith("Signature ")) return JSON.stringify({ message: reason });
  const message =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
    "and signing method. Consult the service documentation for details.\n\n" +
    `The Canonical String for this request should have been\n'${canonical}'\n\n` +
    `The String-to-Sign should have been\n'${stringToSign}'\n`;
  return JSON.stringify({ message });
}

/** Formats the answer of S3. */
export function refusalXml({ canonical, stringToSign }: Verdict): string {
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>SignatureDoesNotMatch</Code><StringToSign>${escaped(stringToSign)}</StringToSign><CanonicalRequest>${escaped(canonical)}</CanonicalRequest></Error>`;
}

interface ByteReader {
  until(mark: string): Promise<Buffer>;
  some(limit: number): Promise<Buffer>;
}

function readBytes(socket: Socket): ByteReader {
  const incoming = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);
  const more = async () => {
    const { done, value } = await incoming.next();
    if (done === true) throw new Error("the request ended early");
    held = held.length === 0 ? value : Buffer.concat([held, value]);
  };
  return {
    async until(mark) {
      let at = held.indexOf(mark);
      while (at === -1) {
        await more();
        at = held.indexOf(mark);
      }
      const found = held.subarray(0, at);
      held = held.subarray(at + mark.length);
      return found;
    },
    async some(limit) {
      if (held.length === 0) await more();
      const taken = held.subarray(0, limit);
      held = held.subarray(taken.length);
      return taken;
    },
  };
}

interface Content {
  readonly bodyLength: number;
  readonly bodySha256: string;
  readonly body: Buffer;
  /** Signed chunks as received: size, signature, hash of the data. */
  readonly chunks: readonly { readonly signature: string; readonly sha256: string }[];
}

async function readContent(reader: ByteReader, headers: ReceivedRequest["headers"]): Promise<Content> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  const chunks: { signature: string; sha256: string }[] = [];
  let bodyLength = 0;
  const take = (data: Buffer) => {
    hash.update(data);
    if (bodyLength < 1024 * 1024) kept.push(data);
    bodyLength += data.length;
  };
  const exactly = async (length: number, use: (data: Buffer) => void) => {
    for (let left = length; left > 0;) {
      const data = await reader.some(left);
      use(data);
      left -= data.length;
    }
  };
  if (field(headers, "x-amz-content-sha256") === "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") {
    for (let size = -1; size !== 0;) {
      const [sizeText = "", signature = ""] = (await reader.until("\r\n"))
        .toString("latin1")
        .split(";chunk-signature=");
      size = Number.parseInt(sizeText, 16);
      const chunk = createHash("sha256");
      await exactly(size, (data) => {
        chunk.update(data);
        take(data);
      });
      chunks.push({ signature, sha256: chunk.digest("hex") });
      await reader.until("\r\n");
    }
  } else if (field(headers, "transfer-encoding") === "chunked") {
    for (let size = -1; size !== 0;) {
      size = Number.parseInt((await reader.until("\r\n")).toString("latin1"), 16);
      await exactly(size, take);
      await reader.until("\r\n");
    }
  } else {
    await exactly(Number(field(headers, "content-length") ?? 0), take);
  }
  return { bodyLength, bodySha256: hash.digest("hex"), body: Buffer.concat(kept), chunks };
}

function field(headers: ReceivedRequest["headers"], name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

type Shape = Pick<ReceivedRequest, "method" | "target" | "headers"> & Content;

function judge(request: Shape, clock: Date | undefined): Verdict | undefined {
  const question = request.target.indexOf("?");
  const path = question === -1 ? request.target : request.target.slice(0, question);
  const pairs = question === -1 ? [] : request.target.slice(question + 1).split("&");
  const inQuery = (name: string) => {
    const pair = pairs.find((each) => each.startsWith(`${name}=`));
    return pair === undefined ? undefined : decodeURIComponent(pair.slice(name.length + 1));
  };
  const authorization = field(request.headers, "authorization");
  const parts = Object.fromEntries(
    (authorization ?? "")
      .split(/[ ,]+/)
      .map((word) => [word.split("=", 1)[0] ?? "", word.slice(word.indexOf("=") + 1)]),
  );
  const presigned = authorization === undefined;
  const algorithm = presigned ? inQuery("X-Amz-Algorithm") : authorization.split(" ", 1)[0];
  const credential = presigned ? inQuery("X-Amz-Credential") : parts["Credential"];
  if (algorithm === undefined || credential === undefined) return undefined;
  const signedHeaders = (presigned ? inQuery("X-Amz-SignedHeaders") : parts["SignedHeaders"]) ?? "";
  const signature = (presigned ? inQuery("X-Amz-Signature") : parts["Signature"]) ?? "";
  const [accessKeyId = "", ...scopeParts] = credential.split("/");
  const scope = scopeParts.join("/");
  const service = scopeParts.at(-2) ?? "";
  const dated =
    inQuery("X-Amz-Date") ?? field(request.headers, "x-amz-date") ?? basicDate(field(request.headers, "date"));
  const declared = field(request.headers, "x-amz-content-sha256");
  const payload = declared ?? (presigned && service === "s3" ? "UNSIGNED-PAYLOAD" : request.bodySha256);
  const canonical = [
    request.method,
    service === "s3" ? recode(path, "/") : doubled(path),
    pairs
      .filter((pair) => pair !== "" && !pair.startsWith("X-Amz-Signature="))
      .map((pair) => {
        const [key = "", ...value] = pair.split("=");
        return [recode(key, ""), recode(value.join("="), "")] as const;
      })
      .sort(([key, value], [key2, value2]) => (key === key2 ? order(value, value2) : order(key, key2)))
      .map(([key, value]) => `${key}=${value}`)
      .join("&"),
    ...signedHeaders.split(";").map((name) => {
      const values = request.headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
      return `${name}:${values
        .map((value) =>
          utf8(value)
            .replaceAll(/^[ \t]+|[ \t]+$/g, "")
            .split(/[ \t]+/)
            .join(" "),
        )
        .join(",")}`;
    }),
    "",
    signedHeaders,
    payload,
  ].join("\n");
  const stringToSign = `${algorithm}\n${dated}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`;
  const verdict = (valid: boolean, reason: string): Verdict => ({ valid, reason, canonical, stringToSign });
  if (accessKeyId !== exampleCredentials.accessKeyId) return verdict(false, "UnrecognizedClientException: unknown key");
  const names = signedHeaders.split(";");
  const unsigned = request.headers.filter(
    ([name]) => /^(?:host|x-amz-.*)$/i.test(name) && !names.includes(name.toLowerCase()),
  );
  if (unsigned.length > 0) return verdict(false, `unsigned headers: ${unsigned.map(([name]) => name).join()}`);
  const token = inQuery("X-Amz-Security-Token") ?? field(request.headers, "x-amz-security-token");
  if (token !== undefined && token !== exampleCredentials.sessionToken)
    return verdict(false, "InvalidClientTokenId: token");
  if (/^[0-9a-f]{64}$/.test(payload) && payload !== request.bodySha256)
    return verdict(false, "XAmzContentSHA256Mismatch: body");
  const late = clock === undefined ? undefined : clockFault(dated ?? "", clock);
  if (late !== undefined) return verdict(false, late);
  if (!confirms(algorithm, scope, stringToSign, signature)) return verdict(false, "SignatureDoesNotMatch: signature");
  return verdict(chunksHold(request, dated ?? "", scope, signature), "chunk signature");
}

function confirms(algorithm: string, scope: string, text: string, signature: string): boolean {
  if (algorithm === "AWS4-ECDSA-P256-SHA256") {
    return verify("sha256", Buffer.from(text), examplePublicKey, Buffer.from(signature, "hex"));
  }
  return createHmac("sha256", dayKey(scope)).update(text).digest("hex") === signature;
}

function dayKey(scope: string): Buffer {
  return scope
    .split("/")
    .reduce<Buffer>(
      (key, part) => createHmac("sha256", key).update(part).digest(),
      Buffer.from(`AWS4${exampleCredentials.secretAccessKey}`),
    );
}

function chunksHold({ chunks, headers, bodyLength }: Shape, dated: string, scope: string, seed: string): boolean {
  if (chunks.length === 0) return true;
  const empty = createHash("sha256").digest("hex");
  let previous = seed;
  for (const { signature, sha256 } of chunks) {
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", dated, scope, previous, empty, sha256].join("\n");
    if (createHmac("sha256", dayKey(scope)).update(text).digest("hex") !== signature) return false;
    previous = signature;
  }
  return Number(field(headers, "x-amz-decoded-content-length")) === bodyLength;
}

function clockFault(dated: string, clock: Date): string | undefined {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(dated) ?? [];
  const sent = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  if (Math.abs(sent - clock.getTime()) <= 5 * 60_000) return undefined;
  return sent < clock.getTime()
    ? `Signature expired: ${dated} is now earlier`
    : `Signature not yet current: ${dated} is still later`;
}

function basicDate(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${new Date(text).toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}Z`;
}

const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const utf8 = (octets: string) => Buffer.from(octets, "latin1").toString("utf8");

function encode(octets: string, keep: string): string {
  return octets.replaceAll(/[^A-Za-z0-9_.~-]/g, (char) =>
    keep.includes(char) ? char : `%${char.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
}

/** Decodes escapes and encodes the bytes again; an escaped slash stays escaped. */
function recode(wire: string, separator: string): string {
  const recodePiece = (piece: string) =>
    encode(
      piece.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      "",
    );
  return separator === "" ? recodePiece(wire) : wire.split(separator).map(recodePiece).join(separator);
}

/** Removes dot segments and empty segments, and encodes the rest as it is. */
function doubled(path: string): string {
  const stack: string[] = [];
  for (const [, segment = ""] of path.matchAll(/([^/]*)(?:\/|$)/g)) {
    if (segment === "..") stack.splice(-1);
    else if (segment !== "" && segment !== ".") stack.push(encode(segment, ""));
  }
  const open = path.endsWith("/") && stack.length > 0 ? "/" : "";
  return `/${stack.join("/")}${open}`;
}
