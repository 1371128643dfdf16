import { randomUUID } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { answerRequest, operationOf } from "./answer.js";
import type { Answer } from "./answer.js";
import { answerControl, controlPrefix } from "./control.js";
import type { Disturbances, FaultQueue } from "./faults/inject.js";
import { header, receiveRequest } from "./signature/received-request.js";
import type { ReceivedRequest } from "./signature/received-request.js";
import { findGuardRefusal } from "./request-guard.js";
import type { RequestLog, RequestRecord } from "./request-record.js";
import type { StateFile } from "./state/file.js";
import { findDiscoveryDocument } from "./web-identity/discovery.js";
import type { WebIdentityKeys } from "./web-identity/keys.js";

/** Certificates and chains are sent in headers, and an ML-DSA signature alone has 9254 characters. */
const maxHeaderBytes = 262_144;

export interface ServerParts {
  readonly state: StateFile;
  readonly sealingKey: Buffer;
  readonly webIdentity: WebIdentityKeys;
  /** URL of the emulator, known once it listens. */
  readonly issuer: () => string;
  /** The revocation list of the issuing authority at a time, in DER. */
  readonly revocationList: (now: Date) => Buffer;
  readonly faults: FaultQueue;
  readonly log: RequestLog;
  readonly onRequest: (record: RequestRecord) => void;
  readonly now: () => Date;
  /** Host names of the emulator's own paths, besides addresses and localhost. */
  readonly ownNames: readonly string[];
}

/** Where the revocation list of the issuing authority is. */
export const revocationListPath = `${controlPrefix}crl`;

/** PEM of a server certificate and its key. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A server that does not listen yet. */
export function createEmulatorServer(parts: ServerParts, tls: TlsIdentity | undefined): Server {
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    serve(message, response, parts).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "x-amzn-ErrorType": "InternalFailure" }).end(`${String(error)}\n`);
    });
  };
  const options = { maxHeaderSize: maxHeaderBytes };
  const server =
    tls === undefined
      ? createHttpServer(options, listener)
      : createHttpsServer({ ...options, ...tls, minVersion: "TLSv1.2" }, listener);
  // Node.js silently drops headers after the first 2000, but the guard must see all of them.
  server.maxHeadersCount = 0;
  return server;
}

async function serve(message: IncomingMessage, response: ServerResponse, parts: ServerParts): Promise<void> {
  const startedMs = performance.now();
  const barred = findGuardRefusal(message, parts.ownNames);
  if (barred !== undefined) {
    const body = `${JSON.stringify({ message: barred.message })}\n`;
    response.writeHead(barred.statusCode, { "Content-Type": "application/json", Connection: "close" }).end(body);
    return;
  }
  const request = await receiveRequest(message);
  if (request === undefined) {
    response.writeHead(413, { "x-amzn-ErrorType": "RequestEntityTooLarge", Connection: "close" }).end();
    return;
  }
  if (request.method === "GET" && request.path === revocationListPath) {
    response.writeHead(200, { "Content-Type": "application/pkix-crl" }).end(parts.revocationList(parts.now()));
    return;
  }
  if (request.path.startsWith(controlPrefix)) {
    const { statusCode, body } = answerControl(request, parts);
    response.writeHead(statusCode, { "Content-Type": "application/json" }).end(`${JSON.stringify(body)}\n`);
    return;
  }
  const published = findDiscoveryDocument(request, parts.issuer(), parts.webIdentity);
  if (published !== undefined) {
    response.writeHead(200, { "Content-Type": "application/json" }).end(`${JSON.stringify(published)}\n`);
    return;
  }
  const operation = operationOf(request);
  const disturbances = parts.faults.take(operation ?? "");
  const now = new Date(parts.now().getTime() + (disturbances.clock?.seconds ?? 0) * 1000);
  const requestId = randomUUID();
  const { sealingKey, webIdentity } = parts;
  const setting = { state: parts.state.read(), now, sealingKey, webIdentity, issuer: parts.issuer() };
  const answer = await answerRequest(request, operation, setting, disturbances, requestId);
  if (disturbances.latency !== undefined) await delay(disturbances.latency.milliseconds);
  const record = describeRequest(request, operation, answer, disturbances, {
    time: now.toISOString(),
    requestId,
    milliseconds: Math.round(performance.now() - startedMs),
  });
  parts.log.add(record);
  parts.onRequest(record);
  await deliver(response, answer, disturbances, now);
}

function describeRequest(
  request: ReceivedRequest,
  operation: string | undefined,
  answer: Answer,
  disturbances: Disturbances,
  times: Pick<RequestRecord, "time" | "requestId" | "milliseconds">,
): RequestRecord {
  const { statusCode, verdict, code, reason } = answer;
  const kinds = Object.keys(disturbances);
  const userAgent = header(request, "user-agent");
  return {
    ...times,
    method: request.method,
    path: request.path,
    operation: operation ?? "(none)",
    statusCode,
    verdict: disturbances.drop === undefined ? verdict : "dropped",
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined ? {} : { reason }),
    ...(kinds.length === 0 ? {} : { faults: kinds }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

async function deliver(response: ServerResponse, answer: Answer, disturbances: Disturbances, now: Date): Promise<void> {
  if (disturbances.drop !== undefined) {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.statusCode, {
    ...answer.headers,
    Date: now.toUTCString(),
    "Content-Length": bytes.length,
  });
  if (disturbances.truncate !== undefined) {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    return;
  }
  const slow = disturbances["slow-body"];
  if (slow !== undefined) {
    const pauses = 20;
    const size = Math.ceil(bytes.length / pauses);
    for (let offset = 0; offset + size < bytes.length && !response.destroyed; offset += size) {
      response.write(bytes.subarray(offset, offset + size));
      await delay(slow.milliseconds / pauses);
    }
    response.end(bytes.subarray(Math.floor((bytes.length - 1) / size) * size));
    return;
  }
  response.end(bytes);
}
