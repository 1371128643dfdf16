import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http2";
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { join } from "node:path";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import type { CertificateSpec, Issued } from "../../src/emulator/certificate/authority.js";
import { createKey } from "../../src/emulator/certificate/key.js";
import type { KeyKind } from "../../src/emulator/certificate/key.js";
import { createScratch } from "./scratch.js";

/** SVID that the agent returns in a test. */
export interface OfferedSvid {
  readonly spiffeId: string;
  readonly issued: Issued;
  readonly chain?: readonly Issued[];
  readonly hint?: string;
}

/** SPIFFE Workload API with faults on request; shares no code with the client. */
export interface WorkloadApi {
  readonly path: string;
  /** `unix:///…` */
  readonly address: string;
  /** Replaces the offered SVIDs, and sends them to all streams. */
  readonly offer: (...svids: readonly OfferedSvid[]) => void;
  /** Drops the connections and answers calls with this gRPC status; undefined to stop. */
  readonly refuse: (status: number | undefined, text?: string) => void;
  /** Returns the number of calls since the last use. */
  readonly takeCalls: () => number;
  readonly open: () => number;
  /** Sends these bytes as the next answers, after the response headers. */
  readonly answerRaw: (bytes: Buffer | undefined) => void;
  readonly stop: () => Promise<void>;
}

/** Issues an SVID as SPIRE does: no common name, the SPIFFE ID as the only URI. */
export function issueSvid(
  issuer: Issued,
  spiffeId: string,
  kind: KeyKind = "ec-p256",
  spec: CertificateSpec = {},
): OfferedSvid {
  const issued = issueCertificate(
    createKey(kind),
    {
      subject: [
        ["C", "US"],
        ["O", "SPIRE"],
      ],
      notAfter: new Date(Date.now() + 3_600_000),
      notBefore: new Date(Date.now() - 10_000),
      keyUsage: ["digitalSignature", "keyEncipherment"],
      alternativeNames: [["uri", spiffeId]],
      ...spec,
    },
    issuer,
  );
  return { spiffeId, issued };
}

export async function startWorkloadApi(path = join(createScratch("agent"), "a.sock")): Promise<WorkloadApi> {
  const streams = new Set<ServerHttp2Stream>();
  const sessions = new Set<ServerHttp2Session>();
  let svids: readonly OfferedSvid[] = [];
  let refusal: { readonly status: number; readonly text: string } | undefined;
  let raw: Buffer | undefined;
  let calls = 0;
  const server = createServer();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
  });
  const tell = (stream: ServerHttp2Stream) => stream.write(raw ?? framed(encodeResponse(svids)));
  server.on("stream", (stream, headers) => {
    calls++;
    stream.on("error", () => undefined);
    const security = headers["workload.spiffe.io"] === "true";
    const method = /^\/SpiffeWorkloadAPI\/(FetchX509SVID|FetchJWTSVID)$/.exec(headers[":path"] ?? "")?.[1];
    const known = method !== undefined;
    const status = !known ? 12 : !security ? 3 : (refusal?.status ?? (svids.length === 0 ? 7 : undefined));
    if (status !== undefined) {
      const text = refusal?.text ?? (status === 7 ? "no identity issued" : "security header missing from request");
      stream.respond(
        {
          ":status": 200,
          "content-type": "application/grpc",
          "grpc-status": String(status),
          "grpc-message": encodeURIComponent(text),
        },
        { endStream: true },
      );
      return;
    }
    if (method === "FetchJWTSVID") {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
      stream.on("end", () => {
        const [audience = "", spiffeId] = readStrings(Buffer.concat(chunks).subarray(5));
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(framed(encodeTokens(svids, audience, spiffeId)));
      });
      return;
    }
    streams.add(stream);
    stream.on("close", () => streams.delete(stream));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    tell(stream);
  });
  rmSync(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o777);
  return {
    path,
    address: `unix://${path}`,
    offer(...offered) {
      svids = offered;
      for (const stream of streams) tell(stream);
    },
    refuse(status, text = "refused") {
      refusal = status === undefined ? undefined : { status, text };
      if (refusal !== undefined) for (const session of sessions) session.destroy();
    },
    takeCalls() {
      const taken = calls;
      calls = 0;
      return taken;
    },
    open: () => streams.size,
    answerRaw: (bytes) => (raw = bytes),
    async stop() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0]), bigEndian(message.length), message]);
}

function encodeResponse(svids: readonly OfferedSvid[]): Buffer {
  return Buffer.concat(
    svids.map(({ spiffeId, issued, chain = [], hint }) =>
      field(
        1,
        Buffer.concat([
          field(1, Buffer.from(spiffeId)),
          field(2, Buffer.concat([issued.der, ...chain.map(({ der }) => der)])),
          field(3, privateKeyOf(issued)),
          field(4, issued.der),
          ...(hint === undefined ? [] : [field(5, Buffer.from(hint))]),
          // A number, as a later version of the protocol may add.
          Buffer.concat([varint(99 * 8), varint(1)]),
        ]),
      ),
    ),
  );
}

/** Creates tokens whose parts name their purpose, as far as a test checks. */
function encodeTokens(svids: readonly OfferedSvid[], audience: string, spiffeId: string | undefined): Buffer {
  const chosen = svids.filter((svid) => spiffeId === undefined || svid.spiffeId === spiffeId);
  return Buffer.concat(
    chosen.map((svid) => {
      const claims = Buffer.from(JSON.stringify({ sub: svid.spiffeId, aud: audience })).toString("base64url");
      const fields = [field(1, Buffer.from(svid.spiffeId)), field(2, Buffer.from(`e30.${claims}.c2ln`))];
      if (svid.hint !== undefined) fields.push(field(3, Buffer.from(svid.hint)));
      return field(1, Buffer.concat(fields));
    }),
  );
}

/** Reads the strings of a message whose lengths take one byte. */
function readStrings(message: Buffer): readonly string[] {
  const strings: string[] = [];
  for (let offset = 0; offset < message.length; offset += 2 + (message[offset + 1] ?? 0))
    strings.push(message.toString("utf8", offset + 2, offset + 2 + (message[offset + 1] ?? 0)));
  return strings;
}

function privateKeyOf({ key }: Issued): Buffer {
  const base64 = key.privateKeyPem.replaceAll(/-----[^-]+-----|\s/g, "");
  return Buffer.from(base64, "base64");
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
