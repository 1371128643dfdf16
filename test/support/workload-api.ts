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

/** What a test lets the agent answer. */
export interface OfferedSvid {
  readonly spiffeId: string;
  readonly issued: Issued;
  readonly chain?: readonly Issued[];
  readonly hint?: string;
}

/** A SPIFFE Workload API with faults on request, of which no code is shared with the client. */
export interface WorkloadApi {
  readonly path: string;
  /** `unix:///…` */
  readonly address: string;
  /** Replaces what is offered, and tells it to all who listen. */
  readonly offer: (...svids: readonly OfferedSvid[]) => void;
  /** Drops the connections and answers calls with this status of gRPC; undefined to go on. */
  readonly refuse: (status: number | undefined, text?: string) => void;
  /** How many calls came since the last question. */
  readonly takeCalls: () => number;
  readonly open: () => number;
  /** The next answers are these bytes after the head of the response. */
  readonly answerRaw: (bytes: Buffer | undefined) => void;
  readonly stop: () => Promise<void>;
}

/** An SVID as SPIRE issues it: no common name, the SPIFFE ID as the only URI. */
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
    const known = headers[":path"] === "/SpiffeWorkloadAPI/FetchX509SVID";
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
          // A number that a later version of the protocol may add.
          Buffer.concat([varint(99 * 8), varint(1)]),
        ]),
      ),
    ),
  );
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
