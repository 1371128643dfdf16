import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BlockList, isIP } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatAssignments } from "../aws/reader-shell.js";
import { formatAwsConfig } from "./aws-config.js";
import type { Issued } from "./certificate/authority.js";
import { issueRevocationList } from "./certificate/revocation-list.js";
import type { AlternativeName } from "./certificate/distinguished-name.js";
import { createFaultQueue } from "./faults/inject.js";
import type { Fault } from "./faults/inject.js";
import { fileNames, openFolder, writePrivate, writePublic } from "./folder.js";
import type { EmulatorFolder } from "./folder.js";
import { createRequestLog } from "./request-record.js";
import type { RequestRecord } from "./request-record.js";
import { createEmulatorServer } from "./server.js";
import type { ServerParts } from "./server.js";
import type { EmulatorState } from "./state/memory.js";

export interface EmulatorOptions {
  /** Folder of certificates and state. Default: a temporary folder, deleted when the emulator stops. */
  readonly folder?: string | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Whether other machines may reach the host. */
  readonly allowRemote?: boolean | undefined;
  /** Default 0, any free port. */
  readonly port?: number | undefined;
  readonly tls?: boolean | undefined;
  readonly faults?: readonly Fault[] | undefined;
  /** The command that runs this program, for the profiles of the AWS config file. Default `rolesanywhere-ts`. */
  readonly program?: readonly string[] | undefined;
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
  readonly now?: (() => Date) | undefined;
}

/** A running emulator. */
export interface Emulator {
  /** `http://127.0.0.1:40123`, without a final slash. */
  readonly url: string;
  readonly folder: string;
  readonly configFile: string;
  /** The environment variables with which AWS tools and this program use it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly root: Issued;
  readonly intermediate: Issued;
  readonly state: () => EmulatorState;
  readonly updateState: (change: (state: EmulatorState) => EmulatorState) => void;
  readonly requests: () => readonly RequestRecord[];
  /** The number of requests of an operation, such as `CreateSession`. */
  readonly count: (operation: string) => number;
  readonly clearRequests: () => void;
  readonly addFaults: (...faults: readonly Fault[]) => void;
  readonly clearFaults: () => void;
  readonly stop: () => Promise<void>;
}

/** Files that set the variables, by the shell that reads them; `@` keeps cmd.exe from showing what it runs. */
const environmentFiles = [
  [fileNames.posixEnvironment, "posix"],
  [fileNames.powershellEnvironment, "powershell"],
  [fileNames.cmdEnvironment, "cmd"],
] as const;

/** An address that other machines can reach, without permission. */
export class RemoteHostError extends Error {}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** @throws RemoteHostError */
function refuseRemote(host: string, allowed = false): void {
  if (!allowed && !isLoopback(host)) throw new RemoteHostError(host);
}

function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === "localhost" : loopback.check(host, version === 6 ? "ipv6" : "ipv4");
}

/** Starts a local IAM Roles Anywhere and STS. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = "127.0.0.1", port = 0, tls = false } = options;
  refuseRemote(host, options.allowRemote);
  const temporary = options.folder === undefined;
  const path = resolve(options.folder ?? mkdtempSync(join(tmpdir(), "rolesanywhere-ts-emulator-")));
  const folder = openFolder(path);
  const faults = createFaultQueue(options.faults);
  const log = createRequestLog();
  let url = "";
  const server = createServer(folder, { faults, log, issuer: () => url }, options);
  const discard = () => {
    const made = temporary ? [path] : environmentFiles.map(([name]) => join(path, name));
    for (const file of made) rmSync(file, { recursive: true, force: true });
  };
  server.listen(port, host);
  await once(server, "listening").catch((error: unknown) => {
    discard();
    throw error;
  });
  url = formatUrl(host, (server.address() as AddressInfo).port, tls);
  let variables: Readonly<Record<string, string>>;
  try {
    variables = writeEnvironment(folder, url, tls, options.program ?? ["rolesanywhere-ts"]);
  } catch (error) {
    server.close();
    discard();
    throw error;
  }
  return {
    url,
    folder: path,
    configFile: join(path, fileNames.config),
    variables,
    root: folder.root,
    intermediate: folder.intermediate,
    state: folder.state.read,
    updateState: (change) => folder.state.write(change(folder.state.read())),
    requests: log.list,
    count: (operation) => log.counts()[operation] ?? 0,
    clearRequests: log.clear,
    addFaults: faults.add,
    clearFaults: faults.clear,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      discard();
    },
  };
}

function createServer(
  folder: EmulatorFolder,
  parts: Pick<ServerParts, "faults" | "log" | "issuer">,
  { host = "127.0.0.1", tls = false, onRequest = () => undefined, now = () => new Date() }: EmulatorOptions,
): Server {
  const identity = tls ? folder.issueServerCertificate(serverNames(host)) : undefined;
  return createEmulatorServer(
    {
      ...parts,
      state: folder.state,
      sealingKey: folder.sealingKey,
      webIdentity: folder.webIdentity,
      revocationList: (at) => listRevoked(folder, at),
      onRequest,
      now,
      ownNames: [host.toLowerCase()],
    },
    identity === undefined ? undefined : { cert: identity.pem, key: identity.key.privateKeyPem },
  );
}

function listRevoked({ intermediate, state }: EmulatorFolder, now: Date): Buffer {
  const { revokedSerials = [] } = state.read();
  return issueRevocationList(intermediate, {
    serials: revokedSerials.map((serial) => BigInt(`0x${serial}`)),
    thisUpdate: now,
    nextUpdate: new Date(now.getTime() + 86_400_000),
  });
}

function formatUrl(host: string, port: number, tls: boolean): string {
  return `${tls ? "https" : "http"}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function writeEnvironment(
  folder: EmulatorFolder,
  url: string,
  tls: boolean,
  program: readonly string[],
): Readonly<Record<string, string>> {
  const state = folder.state.read();
  const config = join(folder.path, fileNames.config);
  const root = join(folder.path, fileNames.root);
  const variables = {
    AWS_CONFIG_FILE: config,
    AWS_ENDPOINT_URL_ROLESANYWHERE: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_REGION: state.region,
    AWS_DEFAULT_REGION: state.region,
    ...(tls ? { AWS_CA_BUNDLE: root, NODE_EXTRA_CA_CERTS: root } : {}),
  };
  writePrivate(config, formatAwsConfig({ folder: folder.path, url, state, program, tls, platform: process.platform }));
  for (const [name, shell] of environmentFiles) {
    writePublic(join(folder.path, name), formatAssignments(variables, shell).replace(/^(?=set )/gm, "@"));
  }
  return variables;
}

function serverNames(host: string): readonly AlternativeName[] {
  const own: AlternativeName[] = isIP(host) === 0 ? [["dns", host]] : [["ip", host]];
  return [["dns", "localhost"], ["ip", "127.0.0.1"], ["ip", "::1"], ...own];
}
