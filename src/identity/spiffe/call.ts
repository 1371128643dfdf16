import { connect as connectHttp2, constants } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { connect, type Socket } from "node:net";
import { WorkloadFault } from "./faults.js";
import { FrameReader, frame } from "./frames.js";
import type { WorkloadEndpoint } from "./request.js";

export interface WorkloadCall {
  readonly endpoint: WorkloadEndpoint;
  readonly method: "FetchX509SVID" | "FetchJWTSVID";
  /** Encoded Protocol Buffers message. */
  readonly request: Uint8Array;
  /** Time limit for the first message; later ones have none. */
  readonly firstMessageMs: number;
  /** @returns false to end the call */
  readonly onMessage: (message: Uint8Array) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Whether the call keeps the process alive. */
  readonly keepsProcessAlive: boolean;
}

/**
 * Calls the Workload API over HTTP/2 as gRPC does: one request, messages until the server or the caller ends it.
 *
 * @throws WorkloadFault, and whatever `onMessage` throws
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export async function callWorkloadApi(call: WorkloadCall): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), call.firstMessageMs);
  if (!call.keepsProcessAlive) timer.unref();
  const signals = call.signal === undefined ? [limit.signal] : [limit.signal, call.signal];
  const over = AbortSignal.any(signals);
  try {
    const socket = await open(call, over);
    await converse(socket, call, over, () => clearTimeout(timer));
  } catch (error) {
    if (limit.signal.aborted) throw new WorkloadFault("timeout", `nothing within ${call.firstMessageMs / 1000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function open({ endpoint, keepsProcessAlive }: WorkloadCall, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(endpoint.kind === "unix" ? { path: endpoint.path } : endpoint);
    if (!keepsProcessAlive) socket.unref();
    const abort = () => socket.destroy(new WorkloadFault("connection", "given up"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", abort);
      reject(new WorkloadFault("connection", error.message, { cause: error }));
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      resolve(socket);
    });
  });
}

function converse(socket: Socket, call: WorkloadCall, signal: AbortSignal, onFirst: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let greeted = false;
    let settled = false;
    const session = connectHttp2("http://localhost", { createConnection: () => socket });
    const end = (fault?: unknown) => {
      if (settled) return;
      settled = true;
      signal.removeEventListener("abort", abort);
      session.destroy();
      socket.destroy();
      if (fault === undefined) resolve();
      else reject(fault);
    };
    const abort = () => end(new WorkloadFault("connection", "given up"));
    signal.addEventListener("abort", abort, { once: true });
    const broken = () =>
      greeted
        ? new WorkloadFault("connection", "the connection was dropped")
        : new WorkloadFault("protocol", "it does not speak HTTP/2");
    session.once("remoteSettings", () => (greeted = true));
    session.on("error", () => end(broken()));
    session.on("close", () => end(broken()));
    readAnswer(startStream(session, call), {
      onMessage(message) {
        if (settled) return;
        onFirst();
        try {
          if (!call.onMessage(message)) end();
        } catch (error) {
          end(error);
        }
      },
      end,
      broken,
    });
  });
}

function startStream(session: ClientHttp2Session, { method, request }: WorkloadCall): ClientHttp2Stream {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: `/SpiffeWorkloadAPI/${method}`,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
    "workload.spiffe.io": "true",
  });
  stream.end(frame(request));
  return stream;
}

interface AnswerEvents {
  readonly onMessage: (message: Uint8Array) => void;
  readonly end: (fault?: unknown) => void;
  readonly broken: () => WorkloadFault;
}

function readAnswer(stream: ClientHttp2Stream, { onMessage, end, broken }: AnswerEvents): void {
  const reader = new FrameReader();
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on("response", (received) => {
    headers = received;
    const { ":status": status, "content-type": type = "none" } = received;
    if (Number(status) === 200 && type.startsWith("application/grpc")) return;
    end(new WorkloadFault("protocol", `it answers HTTP ${status} with content type ${type}, expected gRPC`));
  });
  stream.on("data", (chunk: Buffer) => {
    try {
      for (const message of reader.push(chunk)) onMessage(message);
    } catch (error) {
      end(error);
    }
  });
  stream.on("trailers", (received) => (trailers = received));
  stream.on("error", () => end(broken()));
  // A refusal may consist of headers only.
  stream.on("end", () => end(faultOf({ ...headers, ...trailers }, broken)));
  stream.on("close", () => end(broken()));
}

function faultOf(fields: IncomingHttpHeaders, broken: () => WorkloadFault): WorkloadFault | undefined {
  const { "grpc-status": status, "grpc-message": text = "" } = fields;
  if (status === "0") return undefined;
  if (typeof status !== "string" || !/^\d{1,2}$/.test(status)) return broken();
  return new WorkloadFault("status", decodePercent(String(text)) || "no message", { status: Number(status) });
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
