import { once } from "node:events";
import { Agent, createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { issuedSecrets } from "./issued-secrets.js";
import { startMoto } from "./other-dynamodb.js";
import { refuse, S3Refusal, verifySignature } from "./s3-signature.js";

/** A request as it arrived. */
export interface CheckedRequest {
  readonly method: string;
  /** `/bucket/key` */
  readonly path: string;
  readonly accessKeyId: string;
  /** The code of S3's error, for a request that was refused. */
  readonly refusal?: string;
}

/** How a hold went; undefined as long as no request fits. */
export interface Hold {
  /** Of the session that ended. */
  readonly accessKeyId: string | undefined;
  /** The requests since its end. */
  readonly requestsAfter: readonly CheckedRequest[] | undefined;
}

/** moto's S3 behind a check of every signature and session. */
export interface CheckedS3 {
  readonly url: string;
  /** Those of clients, in order of arrival. */
  readonly requests: readonly CheckedRequest[];
  /** Creates a bucket. */
  createBucket(name: string): Promise<void>;
  put(path: string, body: string | Uint8Array): Promise<void>;
  get(path: string): Promise<Buffer>;
  /** Keys of a bucket, at most 1000. */
  list(bucket: string): Promise<readonly string[]>;
  /**
   * Answers neither the first request that fits nor any that follows before the session of that one has ended: a job goes
   * on in the middle of its work, and the session that it had is over.
   */
  holdUntilSessionEnds(fits: (request: CheckedRequest) => boolean): Hold;
  close(): Promise<void>;
}

/** @param emulatorFolder Of the emulator whose sessions are valid. */
export async function startCheckedS3(emulatorFolder: string): Promise<CheckedS3> {
  const moto = await startMoto();
  const secretOf = issuedSecrets(emulatorFolder);
  const requests: CheckedRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  let begin: ((request: CheckedRequest, token: string) => Promise<void> | undefined) | undefined;
  let released: Promise<void> | undefined;
  const check = (message: IncomingMessage): CheckedRequest & { readonly error?: S3Refusal } => {
    const [path = "/", query = ""] = (message.url ?? "/").split("?", 2);
    const [, accessKeyId = ""] = /Credential=([^/]+)/.exec(message.headers.authorization ?? "") ?? [];
    const request = { method: message.method ?? "", path, accessKeyId };
    try {
      verifySignature(message, path, query, secretOf);
      return request;
    } catch (error) {
      if (!(error instanceof S3Refusal)) throw error;
      return { ...request, refusal: error.code, error };
    }
  };
  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { error, ...request } = check(message);
    requests.push(request);
    if (error !== undefined) {
      message.resume();
      return refuse(response, error);
    }
    released ??= begin?.(request, message.headers["x-amz-security-token"] as string);
    await released;
    const { method, url: path, headers } = message;
    const sent = httpRequest({ agent, host: "127.0.0.1", port: moto.port, method, path, headers });
    message.pipe(sent);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  };
  const server = createServer((message, response) => {
    handle(message, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const call = async (path: string, init: RequestInit = {}): Promise<Buffer> => {
    // moto checks no signature, but takes the service from it.
    const authorization =
      "AWS4-HMAC-SHA256 Credential=a/20240115/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    const answer = await fetch(`http://127.0.0.1:${moto.port}/${path}`, { headers: { authorization }, ...init });
    const body = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${body.toString()}`);
    return body;
  };
  const put = async (path: string, body?: string | Uint8Array) => {
    await call(path, { method: "PUT", ...(body === undefined ? {} : { body: Buffer.from(body) }) });
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    createBucket: put,
    put,
    get: call,
    list: async (bucket) => {
      const text = (await call(`${bucket}?list-type=2`)).toString();
      return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    },
    holdUntilSessionEnds(fits) {
      let held: string | undefined;
      let end: number | undefined;
      released = undefined;
      begin = (request, token) => {
        if (!fits(request)) return undefined;
        held = request.accessKeyId;
        return untilRefused(() => secretOf(request.accessKeyId, token)).then(() => {
          end = requests.length;
        });
      };
      return {
        get accessKeyId() {
          return held;
        },
        get requestsAfter() {
          return end === undefined ? undefined : requests.slice(end);
        },
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      agent.destroy();
      await moto.close();
    },
  };
}

async function untilRefused(look: () => object): Promise<void> {
  while ("secret" in look()) await sleep(100);
}
