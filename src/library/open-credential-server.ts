import { isIP } from "node:net";
import { parseRoleArn } from "../aws/arn.js";
import type { SessionCredentials } from "../aws/credentials.js";
import { servedEnvironment, servedVariables } from "../delivery/child-environment.js";
import { createToken, digestToken, parseToken } from "../delivery/metadata-server/authorization.js";
import { formatBaseUrl } from "../delivery/metadata-server/listen-address.js";
import { startMetadataServer } from "../delivery/metadata-server/metadata-server.js";
import type { MetadataServer } from "../delivery/metadata-server/metadata-server.js";
import { UsageError } from "../errors.js";
import { keepFresh } from "../vending/keep-fresh.js";
import type { FreshSession } from "../vending/keep-fresh.js";
import { inOptionWords } from "./option-words.js";
import { startCredentialServerOptionNames } from "./option-names.js";
import { refuseKeys, refuseMissing, refuseUnknown } from "./refuse-options.js";
import type { CredentialServer, ServedProvider, StartCredentialServerOptions } from "./credential-server-options.js";

/** How long responses in progress may take when the server closes. */
const drainMs = 1000;

/** Implements `startCredentialServer`; loaded at the first call. */
export async function openCredentialServer(options: StartCredentialServerOptions): Promise<CredentialServer> {
  refuseKeys(options);
  refuseUnknown(options, startCredentialServerOptionNames);
  refuseMissing(options, ["provider", "roleArn"]);
  const { host = "127.0.0.1", port = 0, container = true, metadata = false, region, tls } = options;
  const roleArn = parseRoleArn(options.roleArn, "roleArn");
  const token = options.token === undefined ? createToken() : parseToken(options.token, "token");
  if (!container && !metadata) {
    throw new UsageError("ERR_CONFLICT", "neither container credentials nor the metadata service would be served");
  }
  if (isIP(host) === 0) {
    throw new UsageError("ERR_ARGUMENT", `host is "${host}", expected an IP address such as 127.0.0.1`);
  }
  const { provider, onRenewalFailed } = options;
  const session = keepFresh({
    vend: () => provideSession(provider, session),
    onFailed: ({ error }) => onRenewalFailed?.(error),
  });
  try {
    await session.start();
    const server = await startMetadataServer({
      bindings: [{ name: "library", roleArn, session, tokenDigest: digestToken(token), hops: new Map() }],
      listen: [{ kind: "tcp", host, port }],
      allowRemote: options.allowRemote ?? false,
      dialects: { container, metadata },
      region,
      tls,
    }).catch((error: unknown) => {
      throw inOptionWords(error);
    });
    return describeServer(server, session, { token, region, container, metadata, isTls: tls !== undefined });
  } catch (error) {
    session.stop();
    throw error;
  }
}

/** The first session may be one that the provider holds; a refresh must get a new one. */
async function provideSession(provider: ServedProvider, session: FreshSession): Promise<SessionCredentials> {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await (session.current() === undefined
    ? provider()
    : provider({ forceRefresh: true }));
  if (sessionToken === undefined || expiration === undefined) {
    const missing = sessionToken === undefined ? "have no session token" : "do not say when they end";
    throw new UsageError("ERR_CREDENTIALS", `the provider's credentials ${missing}, so they cannot be served`, {
      hints: ["serve a session: fromRolesAnywhere gives one"],
    });
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

interface ServerFacts {
  readonly token: string;
  readonly region: string | undefined;
  readonly container: boolean;
  readonly metadata: boolean;
  readonly isTls: boolean;
}

function describeServer(
  server: MetadataServer,
  session: FreshSession,
  { token, region, container, metadata, isTls }: ServerFacts,
): CredentialServer {
  const [address] = server.addresses;
  if (address?.kind !== "tcp") throw new TypeError("the server does not listen on a port");
  const url = formatBaseUrl(address, isTls);
  const endpoints = {
    container: container ? { url: `${url}/credentials`, token } : undefined,
    metadataUrl: metadata ? url : undefined,
    region,
  };
  let closed: Promise<void> | undefined;
  const close = () => {
    session.stop();
    return (closed ??= server.drain(drainMs));
  };
  return {
    url,
    port: address.port,
    token,
    variables: servedVariables(endpoints),
    // oxlint-disable-next-line node/no-process-env -- a child process inherits the environment
    environment: (base) => servedEnvironment(base ?? process.env, endpoints),
    close,
    [Symbol.asyncDispose]: close,
  };
}
