import { decodeText } from "../../aws/files/decode-text.js";
import { readSecretFile } from "../../aws/files/read-secret.js";
import { readerShellOf } from "../../aws/reader-shell.js";
import { resolve } from "node:path";
import { readSystemHopLimit, refuseHopLimit } from "../../delivery/metadata-server/hop-limit.js";
import { isLoopback, parseListenAddress } from "../../delivery/metadata-server/listen-address.js";
import type { ListenAddress } from "../../delivery/metadata-server/listen-address.js";
import { startMetadataServer } from "../../delivery/metadata-server/metadata-server.js";
import type { MetadataServer } from "../../delivery/metadata-server/metadata-server.js";
import type { Binding } from "../../delivery/metadata-server/router.js";
import { ServerMetrics } from "../../delivery/metadata-server/server-metrics.js";
import { createServiceManager, parseReceivedSockets } from "../../delivery/metadata-server/service-manager.js";
import { followTlsFiles, readTlsFiles } from "../../delivery/metadata-server/tls-files.js";
import type { TlsFiles } from "../../delivery/metadata-server/tls-files.js";
import { NetworkError, systemCode, UsageError } from "../../errors.js";
import { AgentFeed } from "../../identity/spiffe/feed.js";
import type { Arguments } from "../line/arguments.js";
import { valueOf } from "../line/defaults.js";
import { firstSignal } from "../line/interruption.js";
import { pickFlags } from "../line/pick-flags.js";
import type { Command, CommandOutput } from "../command.js";
import { certificateOptions } from "../sources/credential-source.js";
import { readSources } from "../sources/resolve-settings.js";
import type { Invocation } from "../invocation.js";
import { parseBindings } from "./bindings-file.js";
import { planBindings, toEntries } from "./bindings.js";
import type { ReadBinding } from "./bindings.js";
import { serveConflicts, serveOptions } from "./options.js";
import { planRenewals, startRenewals } from "./renewals.js";
import type { RenewalInput } from "./renewals.js";
import { formatAnnouncement } from "./report.js";
import { logRefusedHosts } from "./refused-hosts.js";
import { createBindingSessions } from "./sessions.js";
import type { BindingSessions } from "./sessions.js";
import { obtainTokens } from "./tokens.js";
import type { BindingTokens, DialectChoice } from "./tokens.js";

interface ServeInput extends RenewalInput {
  readonly listen: readonly ListenAddress[];
  readonly allowRemote: boolean;
  readonly allowedHosts: readonly string[];
  readonly tlsFiles: TlsFiles | undefined;
  readonly dialects: DialectChoice;
  readonly lazy: boolean;
}

type ServeArguments = Arguments<typeof serveOptions>;

/** The bindings with the sources of their settings, and the hop limit of the machine. */
interface ServeSources {
  readonly bindings: readonly ReadBinding[];
  readonly hopSubject: string;
  readonly systemHopLimit: number;
}

function toInput(
  { options }: ServeArguments,
  invocation: Invocation,
  { bindings, hopSubject, systemHopLimit }: ServeSources,
): ServeInput {
  const plans = planBindings(bindings, hopSubject);
  const received = parseReceivedSockets(invocation.variables, invocation.processId);
  const listen = [...received, ...toAddresses(options, received.length === 0)];
  refuseHopLimit(valueOf(options, serveOptions, "hop-limit"), listen, systemHopLimit);
  const isLocal = listen.every((address) => address.kind !== "tcp" || isLoopback(address.host));
  return {
    plans,
    listen,
    allowRemote: options["allow-remote"] ?? false,
    allowedHosts: (options["allowed-host"] ?? []).map((host) => host.toLowerCase()),
    tlsFiles: toTlsFiles(options, invocation.workingDirectory),
    dialects: {
      container: options.container,
      metadata: options.imds,
      metadataByDefault: isLocal && plans.length === 1,
    },
    lazy: options.lazy ?? false,
    renewals: planRenewals(options, bindings, invocation),
    hook: options.exec,
  };
}

function read({ options }: ServeArguments, invocation: Invocation): ServeSources {
  const {
    "role-arn": roleArns = [],
    "token-file": tokenFiles = [],
    "allow-role-arn": hopArns = [],
    bindings,
    ...others
  } = options;
  const shared = pickFlags(others, certificateOptions);
  const path = bindings === undefined ? undefined : resolve(invocation.workingDirectory, bindings);
  const entries =
    path === undefined
      ? toEntries({ roleArns, tokenFiles, hopArns })
      : parseBindings(readBindings(path), certificateOptions, path);
  return {
    bindings: entries.map((entry) => ({
      entry,
      sources: readSources({ ...shared, ...entry.flags }, invocation),
    })),
    hopSubject: path === undefined ? "--allow-role-arn" : `allow-role-arn of ${path}`,
    systemHopLimit: readSystemHopLimit(invocation.platform),
  };
}

function readBindings(path: string): string {
  try {
    return decodeText(readSecretFile(path, { noun: "bindings file", readableByOthers: true }));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError("ERR_INPUT", `cannot read bindings file ${path}: ${systemCode(error)}`, {
      hints: ["check the path of --bindings"],
    });
  }
}

/** @param fallsBack Whether to listen on the default port if no address is given. */
function toAddresses(options: ServeArguments["options"], fallsBack: boolean): readonly ListenAddress[] {
  const { listen } = options;
  const port = valueOf(options, serveOptions, "port");
  if (listen !== undefined) return listen.map((text) => parseListenAddress(text, "--listen"));
  if (options.port === undefined && !fallsBack) return [];
  if (port < 0 || port > 65_535) {
    throw new UsageError("ERR_ARGUMENT", `--port is ${port}, expected 0 to 65535`, {
      hints: [`write --port ${serveOptions.port.default}, or 0 for any free one`],
    });
  }
  return [{ kind: "tcp", host: "127.0.0.1", port }];
}

function toTlsFiles(options: ServeArguments["options"], workingDirectory: string): TlsFiles | undefined {
  const { "tls-cert": cert, "tls-key": key } = options;
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new UsageError(
      "ERR_ARGUMENT",
      `--tls-${cert === undefined ? "key" : "cert"} is given without --tls-${cert === undefined ? "cert" : "key"}`,
      {
        hints: ["give --tls-cert and --tls-key together"],
      },
    );
  }
  return { certPath: resolve(workingDirectory, cert), keyPath: resolve(workingDirectory, key) };
}

async function run(input: ServeInput, invocation: Invocation): Promise<CommandOutput> {
  const stopped = firstSignal(invocation);
  const metrics = new ServerMetrics();
  const stopping = new AbortController();
  let isTelling = input.lazy;
  const agents = new AgentFeed(stopping.signal);
  const events = {
    metrics,
    tellsFailures: () => isTelling,
    signal: stopping.signal,
    agents,
    renews: input.renewals.length > 0,
  };
  const sessions = input.plans.map((plan) => createBindingSessions(plan, events, invocation));
  const renewals = startRenewals(input, { sessions, metrics }, invocation);
  const tokens = obtainTokens(input.plans, input.dialects, invocation);
  try {
    const renewed = Promise.all(renewals.map((renewal) => renewal.first));
    const first = renewed.then(() => Promise.all(sessions.map(({ session }) => session.start())));
    first.catch(() => undefined);
    const isReady = await Promise.race([input.lazy || first.then(() => true), stopped.then(() => false)]);
    isTelling = true;
    if (isReady) await serveUntil(stopped, { input, sessions, tokens, metrics }, invocation);
  } finally {
    isTelling = false;
    for (const renewal of renewals) renewal.stop();
    for (const { session } of sessions) session.stop();
    stopping.abort(new NetworkError("ERR_CONNECTION", "the server is stopping"));
    tokens.remove();
  }
  return { exitStatus: 0 };
}

interface Prepared {
  readonly input: ServeInput;
  readonly sessions: readonly BindingSessions[];
  readonly tokens: BindingTokens;
  readonly metrics: ServerMetrics;
}

async function serveUntil(stopped: Promise<unknown>, prepared: Prepared, invocation: Invocation): Promise<void> {
  const { variables, stderr } = invocation;
  const { input, sessions, tokens, metrics } = prepared;
  const tls = input.tlsFiles === undefined ? undefined : readTlsFiles(input.tlsFiles);
  const server = await startMetadataServer({
    bindings: sessions.map((entry, index) => toBinding(entry, tokens, index)) as [Binding, ...Binding[]],
    listen: input.listen,
    allowRemote: input.allowRemote,
    allowedHosts: input.allowedHosts,
    onHostRefused: logRefusedHosts(stderr),
    dialects: tokens.dialects,
    region: input.plans[0].settings.region.value,
    tls,
    metrics,
  });
  const unfollow = followTls(input.tlsFiles, tls, server);
  const manager = createServiceManager(variables);
  for (const notice of tokens.notices) stderr.write(`rolesanywhere-ts: warning: ${notice}\n`);
  const announcement = {
    addresses: server.addresses,
    tls: tls !== undefined,
    dialects: tokens.dialects,
    bindings: input.plans.map(({ name }, index) => ({ name, tokenFile: tokens.byBinding[index]?.file })),
  };
  stderr.write(formatAnnouncement(announcement, readerShellOf(invocation)));
  const undelivered = await manager.notify(
    "READY=1",
    `STATUS=serving ${input.plans.map(({ name }) => name).join(", ")}`,
  );
  if (undelivered !== undefined) {
    stderr.write(`rolesanywhere-ts: warning: systemd-notify could not tell the service manager: ${undelivered}\n`);
  }
  await stopped;
  unfollow();
  await Promise.all([manager.notify("STOPPING=1"), server.drain()]);
}

function toBinding({ plan, session, hops }: BindingSessions, { byBinding }: BindingTokens, index: number): Binding {
  const token = byBinding[index] as BindingTokens["byBinding"][number];
  return { name: plan.name, roleArn: plan.roleArn, tokenDigest: token.digest, session, hops };
}

function followTls(
  files: TlsFiles | undefined,
  tls: ReturnType<typeof readTlsFiles> | undefined,
  server: MetadataServer,
): () => void {
  if (files === undefined || tls === undefined) return () => undefined;
  return followTlsFiles(files, tls, (next) => server.replaceTls(next));
}

export const serve: Command<typeof serveOptions, ServeInput, ServeSources> = {
  name: "serve",
  description: [
    "Serves sessions to every AWS SDK on this machine and renews them before they expire: as container credentials,",
    "which require a token, and as version 2 of the EC2 instance metadata service. Runs until it is stopped. Also serves",
    "/healthz and /metrics.",
  ].join("\n"),
  lasting: true,
  options: serveOptions,
  conflicts: serveConflicts,
  examples: [
    {
      command: "rolesanywhere-ts serve --settings-profile prod",
      describe: "Serve on 127.0.0.1:9911 and print what to export",
    },
    {
      command: "rolesanywhere-ts serve --settings-profile prod --token-file serve.token --imds=false",
      describe: "Serve container credentials only, with a token that survives a restart",
    },
    {
      command: "rolesanywhere-ts serve --bindings roles.json --listen unix:serve.sock --listen 127.0.0.1:9911",
      describe: "Serve several roles, each with its own token",
    },
  ],
  read,
  toInput,
  run,
};
