import { setTimeout as sleep } from "node:timers/promises";
import { readFileSync } from "node:fs";
import { ServiceError, UsageError } from "../errors.js";
import { openAtomicOutput } from "../readers/atomic-output.js";
import { createStreamSink, OutputClosedError } from "../readers/byte-sink.js";
import type { ByteSink } from "../readers/byte-sink.js";
import { createBody } from "../request/body.js";
import { converse } from "../request/conversation.js";
import type { Answer } from "../request/conversation.js";
import { findHeader, mergeHeaders } from "../request/header-fields.js";
import { prepareSigned, prepareUrl } from "../request/outgoing.js";
import type { Outgoing, Signing } from "../request/outgoing.js";
import { resolveSigningScope } from "../request/signing-scope.js";
import { addToQuery } from "../request/target.js";
import type { HeaderFields } from "../signing/sigv4-canonical.js";
import { version } from "../version.js";
import type { CommandOutput } from "./command.js";
import { createCredentialSource } from "./credential-source.js";
import type { Invocation } from "./invocation.js";
import { resolvePath } from "./reading.js";
import type { RequestInput } from "./request.js";
import { readData, readQueryData } from "./request-data.js";
import { createTrace } from "./request-trace.js";
import type { Trace } from "./request-trace.js";

/** Sends what the command line asks for, or prints its presigned URL. */
export async function runRequest(input: RequestInput, invocation: Invocation): Promise<CommandOutput> {
  const { flags } = input;
  const trace = createTrace(flags, invocation.stderr);
  const outgoing = await buildOutgoing(input, invocation);
  const choice = {
    service: flags.service,
    region: flags.region,
    regionSet: flags["region-set"],
  };
  // The signature's region is not the one that the certificate is traded in.
  const { region: _signing, ...credentialFlags } = flags;
  const source = await createCredentialSource({ options: credentialFlags }, invocation);
  const sign = async (request: Outgoing, now: Date): Promise<Signing> => ({
    credentials: await source.provider(),
    scope: resolveSigningScope(request.target, { ...choice, fallbackRegion: source.region }),
    now,
    pathSigning: input.pathSigning,
    unsignedPayload: flags["unsigned-payload"],
  });
  if (flags.presign !== undefined) {
    const signed = await prepareUrl(outgoing, await sign(outgoing, new Date()), flags.presign);
    trace.signature(signed);
    return { stdout: `${signed.url}\n`, exitStatus: 0 };
  }
  trace.credentials(source.description);
  const answer = await converse(outgoing, {
    insecure: flags.insecure === true || flags["no-verify-ssl"] === true,
    ca: readRoots(flags.cacert, invocation),
    proxy: flags.proxy,
    connectTimeoutMs: input.connectTimeoutMs,
    deadline: input.maximumMs === undefined ? undefined : AbortSignal.timeout(input.maximumMs),
    decompress: flags.compressed === true,
    followRedirects: flags.location === true,
    maximumRedirects: input.maximumRedirects,
    retries: input.retries,
    sign: async (request, now) => prepareSigned(request, await sign(request, now)),
    now: () => new Date(),
    sleep: async (ms) => sleep(ms),
    random: Math.random,
    observe: trace.observe,
  });
  return deliver(answer, input, invocation, trace);
}

async function buildOutgoing({ method, target, headers, flags }: RequestInput, invocation: Invocation) {
  const data = await readData(flags, {
    stdin: invocation.stdin,
    resolvePath: (path) => resolvePath(path, invocation),
  });
  const inQuery = data !== undefined && flags.get === true;
  const query = inQuery ? await readQueryData(data) : "";
  const sendsBody = data !== undefined && !inQuery;
  const signedDefaults: HeaderFields = sendsBody ? [["content-type", data.contentType]] : [];
  const unsignedDefaults: HeaderFields = [
    ["user-agent", `rolesanywhere-ts/${version}`],
    ["accept", flags.json === undefined ? "*/*" : "application/json"],
    ...(flags.compressed === true ? ([["accept-encoding", "gzip, deflate, br"]] as const) : []),
  ];
  const outgoing: Outgoing = {
    method: method ?? (sendsBody ? "POST" : "GET"),
    target: query === "" ? target : addToQuery(target, query),
    headers: mergeHeaders(signedDefaults, headers),
    unsignedHeaders: mergeHeaders(
      unsignedDefaults,
      headers.map(({ name }) => ({ kind: "drop", name })),
    ),
    body: sendsBody ? await createBody(data.parts) : undefined,
  };
  return outgoing;
}

function readRoots(flag: string | undefined, invocation: Invocation): string | undefined {
  const named = flag ?? invocation.variables["AWS_CA_BUNDLE"];
  if (named === undefined || named === "") return undefined;
  const subject = flag === undefined ? "AWS_CA_BUNDLE" : "--cacert";
  try {
    return readFileSync(resolvePath(named, invocation), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError("ERR_SETTING", `${subject} names ${named}, which cannot be read: ${code ?? "unknown fault"}`, {
      hints: ["point it at a PEM file of root certificates"],
    });
  }
}

async function deliver(
  answer: Answer,
  { flags }: RequestInput,
  invocation: Invocation,
  trace: Trace,
): Promise<CommandOutput> {
  const failed = answer.statusCode >= 400 && (flags.fail === true || flags["fail-with-body"] === true);
  if (answer.refusal !== undefined) trace.refusal(answer.refusal, answer.prepared.signature);
  if (failed && flags.fail === true) {
    answer.discard();
    throw statusError(answer);
  }
  const file = flags.output === undefined ? undefined : await openAtomicOutput(resolvePath(flags.output, invocation));
  const sink = file ?? createStreamSink(invocation.stdout);
  try {
    await writeAnswer(answer, flags.include === true, sink);
    await file?.commit();
  } catch (error) {
    answer.discard();
    await file?.abort();
    if (error instanceof OutputClosedError) return { exitStatus: 0 };
    throw error;
  }
  if (failed) throw statusError(answer);
  return { exitStatus: 0 };
}

async function writeAnswer(answer: Answer, withHead: boolean, sink: ByteSink): Promise<void> {
  if (withHead) {
    const lines = [
      `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`.trimEnd(),
      ...answer.headers.map(([name, value]) => `${name}: ${value}`),
    ];
    await sink.write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"));
  }
  for await (const chunk of answer.body) await sink.write(chunk);
}

function statusError({ statusCode, statusMessage, headers, prepared, refusal }: Answer): ServiceError {
  const { target, method } = prepared;
  return new ServiceError(
    statusCode === 429
      ? "ERR_THROTTLED"
      : statusCode === 401 || statusCode === 403
        ? "ERR_ACCESS_DENIED"
        : "ERR_SERVICE",
    `${method} on ${target.authority} was answered with ${`${statusCode} ${statusMessage}`.trim()}`,
    {
      service: target.authority,
      operation: method,
      statusCode,
      serviceCode: (findHeader(headers, "x-amzn-errortype") ?? "").split(":", 1)[0] ?? "",
      requestId: findHeader(headers, "x-amzn-requestid") ?? findHeader(headers, "x-amz-request-id"),
      hints: refusal?.hints ?? [],
    },
  );
}
