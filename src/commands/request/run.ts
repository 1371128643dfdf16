import { setTimeout as sleep } from "node:timers/promises";
import type { HeaderFields } from "../../aws/http/header-fields.js";
import { createTransport } from "../../aws/http/transport.js";
import type { Sourced } from "../../origin.js";
import { createBody } from "../../request/body.js";
import { converse } from "../../request/conversation.js";
import type { ConversationOptions } from "../../request/conversation.js";
import { mergeHeaders } from "../../request/header-option.js";
import { prepareSigned, prepareUrl } from "../../request/outgoing.js";
import type { Outgoing, Signing } from "../../request/outgoing.js";
import { resolveSigningScope } from "../../request/signing-scope.js";
import { addToQuery } from "../../request/target.js";
import { resolveTrust } from "../../settings/service-connection.js";
import { version } from "../../version.js";
import type { CommandOutput } from "../command.js";
import { createCredentialSource } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { resolvePath } from "../reading/options.js";
import { deliverAnswer } from "./answer.js";
import { readData, readQueryData } from "./data.js";
import { readHeaders } from "./header-files.js";
import type { RequestInput } from "./input.js";
import { createTrace } from "./trace.js";

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
    scope: resolveSigningScope(request.target, { ...choice, fallbackRegion: source.region }, request.headers),
    now,
    pathSigning: input.pathSigning,
    unsignedPayload: flags["unsigned-payload"],
  });
  if (flags.presign !== undefined) {
    const signing = await sign(outgoing, new Date());
    const signed = await prepareUrl(outgoing, signing, flags.presign);
    trace.signature(signed);
    trace.expiry(signing.credentials.expiration, flags.presign);
    return { stdout: `${signed.url}\n`, exitStatus: 0 };
  }
  trace.credentials(source.description);
  const interruption = listenForSignals(invocation);
  const limits = [
    interruption.signal,
    ...(input.maxTimeMs === undefined ? [] : [AbortSignal.timeout(input.maxTimeMs)]),
  ];
  const options: ConversationOptions = {
    transport: createTransport({
      verifySsl: flags.insecure !== true && flags["no-verify-ssl"] !== true,
      caBundle: resolveRoots(flags, invocation),
      proxy: flags.proxy,
      variables: invocation.variables,
    }),
    connectTimeoutMs: input.connectTimeoutMs,
    deadline: AbortSignal.any(limits),
    decompress: flags.compressed === true,
    followRedirects: flags.location === true,
    maxRedirects: input.maxRedirects,
    retries: input.retries,
    sign: async (request, now) => prepareSigned(request, await sign(request, now)),
    now: () => new Date(),
    // A wait that the limit breaks off is followed by an exchange that fails for the same reason.
    sleep: (ms) => sleep(ms, undefined, { signal: AbortSignal.any(limits) }).catch(() => undefined),
    random: Math.random,
    observe: trace.observe,
  };
  try {
    return await deliverAnswer(await converse(outgoing, options), flags, invocation, trace);
  } catch (error) {
    const status = interruption.exitStatus();
    if (status === undefined) throw error;
    return { exitStatus: status };
  } finally {
    interruption.stop();
  }
}

const signalStatuses = { SIGINT: 130, SIGTERM: 143 } as const;

function listenForSignals(invocation: Invocation) {
  const controller = new AbortController();
  let status: number | undefined;
  const stop = invocation.onSignal((signal) => {
    status = signalStatuses[signal];
    controller.abort();
  });
  return { signal: controller.signal, exitStatus: () => status, stop };
}

async function buildOutgoing({ method, target, headers: sources, flags }: RequestInput, invocation: Invocation) {
  const headers = readHeaders(sources, (path) => resolvePath(path, invocation));
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
    method: method ?? (sendsBody ? "POST" : flags.head === true ? "HEAD" : "GET"),
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

function resolveRoots({ cacert, profile }: RequestInput["flags"], invocation: Invocation): Sourced<string> | undefined {
  if (cacert === undefined || cacert === "") return resolveTrust(profile, invocation);
  return { value: resolvePath(cacert, invocation), origin: { kind: "flag", setting: "cacert" } };
}
