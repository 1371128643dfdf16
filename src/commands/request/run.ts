import { setTimeout as sleep } from "node:timers/promises";
import { readNamedText } from "../../aws/files/read-named-file.js";
import { withoutHeaders } from "../../aws/http/header-fields.js";
import type { HeaderFields } from "../../aws/http/header-fields.js";
import { createTransport } from "../../aws/http/transport.js";
import type { ClientCertificate } from "../../aws/http/trust.js";
import { exitStatusOf, RolesAnywhereError, UsageError } from "../../errors.js";
import type { Sourced } from "../../origin.js";
import { createBody } from "../../request/body.js";
import { converse } from "../../request/conversation.js";
import type { ConversationOptions } from "../../request/conversation.js";
import { mergeHeaders } from "../../request/header-option.js";
import type { HeaderOption } from "../../request/header-option.js";
import { prepareSigned, prepareUrl } from "../../request/outgoing.js";
import type { Outgoing, Signing } from "../../request/outgoing.js";
import { traitsOf } from "../../request/service-traits.js";
import { resolveSigningScope } from "../../request/signing-scope.js";
import type { SigningScope } from "../../request/signing-scope.js";
import { addToQuery } from "../../request/target.js";
import { resolveTrust } from "../../settings/service-connection.js";
import { version } from "../../version.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import { listenForSignals } from "../line/interruption.js";
import { writeOutput } from "../line/output.js";
import { resolvePath } from "../reading/options.js";
import { createCredentialSource } from "../sources/credential-source.js";
import type { CredentialSource } from "../sources/credential-source.js";
import { deliverAnswer } from "./answer.js";
import { readData, readQueryData, readUrlQuery } from "./data.js";
import type { DataSources } from "./data.js";
import { readHeaders } from "./header-lines.js";
import type { RequestInput } from "./input.js";
import { createProgress } from "./progress.js";
import { createTrace } from "./trace.js";
import type { Trace } from "./trace.js";
import { parseWriteOut } from "./write-out.js";
import type { WriteOutFormat } from "./write-out.js";

/** Sends the request of the command line, or prints its presigned URL. */
export async function runRequest(input: RequestInput, invocation: Invocation): Promise<CommandOutput> {
  const trace = createTrace(input.output, invocation.stderr);
  const built = await buildOutgoing(input, invocation);
  const source = await createCredentialSource({ options: input.credentials }, invocation);
  const scopeOf = ({ target, headers }: Outgoing) =>
    resolveSigningScope(target, { ...input.signing, fallbackRegion: source.region }, headers);
  const sign = async (request: Outgoing, now: Date): Promise<Signing> => ({
    credentials: await source.provider(),
    scope: scopeOf(request),
    now,
    pathSigning: input.signing.pathSigning,
    unsignedPayload: input.signing.unsignedPayload,
  });
  const outgoing = withoutFormType(built, scopeOf(built.outgoing));
  if (input.presignSeconds !== undefined) {
    const signing = await sign(outgoing, new Date());
    const signed = await prepareUrl(outgoing, signing, input.presignSeconds);
    trace.signature(signed);
    trace.expiry(signing.credentials.expiration, input.presignSeconds);
    return { stdout: `${signed.url}\n`, exitStatus: 0 };
  }
  refuseWebSocket(outgoing);
  return send(outgoing, { input, invocation, source, sign, trace });
}

interface Sending {
  readonly input: RequestInput;
  readonly invocation: Invocation;
  readonly source: CredentialSource;
  readonly sign: (request: Outgoing, now: Date) => Promise<Signing>;
  readonly trace: Trace;
}

async function send(outgoing: Outgoing, { input, invocation, source, sign, trace }: Sending): Promise<CommandOutput> {
  const { connection, transfer } = input;
  trace.credentials(source.description);
  const progress = createProgress(outgoing, () => Date.now());
  const interruption = listenForSignals(invocation);
  const deadline = AbortSignal.any([
    interruption.signal,
    ...(transfer.maxTimeMs === undefined ? [] : [AbortSignal.timeout(transfer.maxTimeMs)]),
  ]);
  const options: ConversationOptions = {
    transport: createTransport({
      verifySsl: !connection.insecure,
      caBundle: resolveRoots(input, invocation),
      clientCertificate: readClientCertificate(connection, invocation),
      proxy: connection.proxy,
      variables: invocation.variables,
    }),
    dial: connection.dial,
    connectTimeoutMs: connection.connectTimeoutMs,
    deadline,
    decompress: input.compressed,
    followRedirects: transfer.followRedirects,
    maxRedirects: transfer.maxRedirects,
    retries: transfer.retries,
    retryDelayMs: transfer.retryDelayMs,
    retryMaxTimeMs: transfer.retryMaxTimeMs,
    retryAllErrors: transfer.retryAllErrors,
    failsOnStatus: input.output.fail !== "never",
    sign: async (request, now) => prepareSigned(request, await sign(request, now)),
    now: () => new Date(),
    // If the limit ends this wait, the next exchange fails for the same reason.
    sleep: (ms) => sleep(ms, undefined, { signal: deadline }).catch(() => undefined),
    random: Math.random,
    onConnection: progress.connection,
    observe: (event) => {
      progress.observe(event);
      trace.observe(event);
    },
  };
  const writeOut = readWriteOut(input, invocation);
  const report = async (exitStatus: number, error: string) => {
    if (writeOut === undefined) return;
    const { stdout, stderr } = progress.writeOut(writeOut, { exitStatus, error, file: input.output.file });
    invocation.stderr.write(stderr);
    await writeOutput(invocation.stdout, stdout);
  };
  try {
    const answer = progress.answered(await converse(outgoing, options));
    const output = await deliverAnswer(answer, { output: input.output, heads: progress.heads(), invocation, trace });
    await report(output.exitStatus, "");
    return output;
  } catch (error) {
    const status = interruption.exitStatus();
    if (error instanceof RolesAnywhereError) await report(status ?? exitStatusOf(error), error.message);
    if (status === undefined) throw error;
    return { exitStatus: status };
  } finally {
    interruption.stop();
  }
}

interface Built {
  readonly outgoing: Outgoing;
  /** Whether the content type is that of form data because none is given. */
  readonly impliesForm: boolean;
}

async function buildOutgoing(input: RequestInput, invocation: Invocation): Promise<Built> {
  const { method, target, content, compressed, head } = input;
  const sources: DataSources = { stdin: invocation.stdin, resolvePath: (path) => resolvePath(path, invocation) };
  const headers = await readHeaders(input.headers, sources);
  const data = await readData(content, sources);
  const sent = content.inQuery && data?.method === "POST" ? undefined : data;
  const query = [
    ...(await readUrlQuery(content.urlQuery, sources)),
    ...(data === undefined || sent !== undefined ? [] : [await readQueryData(data)]),
  ];
  const isJson = content.data.some(({ flag }) => flag === "json");
  const unsignedDefaults: HeaderFields = [
    ["user-agent", `rolesanywhere-ts/${version}`],
    ["accept", isJson ? "application/json" : "*/*"],
    ...(compressed ? ([["accept-encoding", "gzip, deflate, br"]] as const) : []),
  ];
  const outgoing: Outgoing = {
    method: method ?? sent?.method ?? (head ? "HEAD" : "GET"),
    target: query.filter((pairs) => pairs !== "").reduce(addToQuery, target),
    headers: mergeHeaders(
      sent?.contentType === undefined ? [] : [["content-type", sent.contentType]],
      headers.map((option) => withBoundary(option, sent?.boundary)),
    ),
    unsignedHeaders: mergeHeaders(
      unsignedDefaults,
      headers.map(({ name }) => ({ kind: "drop", name })),
    ),
    body: sent === undefined ? undefined : await createBody(sent.parts),
  };
  const named = headers.some(({ name }) => name.toLowerCase() === "content-type");
  return { outgoing, impliesForm: !named && !isJson && sent?.boundary === undefined };
}

/** Adds the form's boundary to the caller's content type. Servers cannot read a form without it. */
function withBoundary(option: HeaderOption, boundary: string | undefined): HeaderOption {
  const isType = option.kind === "send" && option.name.toLowerCase() === "content-type";
  if (boundary === undefined || !isType || /boundary=/i.test(option.value)) return option;
  return { ...option, value: `${option.value}; boundary=${boundary}` };
}

/** Removes the default content type from an upload to S3, which would store it. The upload is not form data. */
function withoutFormType({ outgoing, impliesForm }: Built, { service }: SigningScope): Outgoing {
  if (!impliesForm || outgoing.method !== "PUT" || traitsOf(service).pathSigning !== "s3") return outgoing;
  return { ...outgoing, headers: withoutHeaders(outgoing.headers, ["content-type"]) };
}

function refuseWebSocket({ target }: Outgoing): void {
  if (target.scheme === "http" || target.scheme === "https") return;
  throw new UsageError("ERR_ARGUMENT", `a ${target.scheme} URL cannot be requested, only presigned`, {
    hints: ["give --presign SECONDS, and open the URL that it prints with a WebSocket client"],
  });
}

function resolveRoots({ connection, credentials }: RequestInput, invocation: Invocation): Sourced<string> | undefined {
  if (connection.cacert === undefined) return resolveTrust(credentials.profile, invocation);
  return { value: resolvePath(connection.cacert, invocation), origin: { kind: "flag", setting: "cacert" } };
}

/** @throws UsageError `ERR_INPUT` */
function readClientCertificate(
  { cert, key, pass }: RequestInput["connection"],
  invocation: Invocation,
): ClientCertificate | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) {
    throw new UsageError("ERR_ARGUMENT", "--key is given without --cert", {
      hints: ["name the certificate with --cert"],
    });
  }
  const read = (flag: string, path: string) =>
    readNamedText(
      resolvePath(path, invocation),
      (reason) =>
        new UsageError("ERR_INPUT", `${flag} names ${path}, which cannot be read: ${reason}`, {
          hints: ["check the path and the mode of the file"],
        }),
    );
  const certText = read("--cert", cert);
  return { cert: certText, key: key === undefined ? certText : read("--key", key), passphrase: pass };
}

function readWriteOut({ output: { writeOut } }: RequestInput, invocation: Invocation): WriteOutFormat | undefined {
  if (writeOut === undefined || !("file" in writeOut)) return writeOut;
  return parseWriteOut(
    readNamedText(
      resolvePath(writeOut.file, invocation),
      (reason) =>
        new UsageError("ERR_INPUT", `--write-out names ${writeOut.file}, which cannot be read: ${reason}`, {
          hints: ['check the path after "@"'],
        }),
    ),
  );
}
