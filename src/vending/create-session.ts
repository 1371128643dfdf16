import type { HttpRequest, HttpResponse } from "../aws/http/exchange.js";
import { formatEndpoint } from "../aws/endpoint.js";
import type { RetryContext } from "../aws/http/retry.js";
import { sendWithRetry } from "../aws/http/retry.js";
import type { Identity } from "../identity/identity.js";
import { ServiceError } from "../errors.js";
import type { VendSettings } from "../settings/vend-settings.js";
import type { UnsignedRequest } from "../signing/canonical-request.js";
import { canonicalQuery } from "../signing/canonical-request.js";
import { signX509 } from "../signing/sign-x509.js";
import { createSessionError } from "./create-session-error.js";
import type { Session } from "./session.js";

const service = "rolesanywhere";

export interface CreateSessionContext extends RetryContext {
  readonly userAgent: string;
}

/** The request as the official helper sends it: ARNs in the query, the rest in the body. */
export function buildCreateSession(
  settings: Pick<
    VendSettings,
    "endpoint" | "profileArn" | "roleArn" | "trustAnchorArn" | "durationSeconds" | "roleSessionName"
  >,
): UnsignedRequest {
  const { endpoint, profileArn, roleArn, trustAnchorArn, durationSeconds, roleSessionName } = settings;
  return {
    method: "POST",
    path: `${endpoint.value.pathPrefix}/sessions`,
    query: [
      ["profileArn", profileArn.value.text],
      ["roleArn", roleArn.value.text],
      ["trustAnchorArn", trustAnchorArn.value.text],
    ],
    headers: { "Content-Type": "application/json", Host: endpoint.value.host },
    body: JSON.stringify({
      durationSeconds: durationSeconds.value,
      ...(roleSessionName === undefined ? {} : { roleSessionName: roleSessionName.value }),
    }),
  };
}

/**
 * Trades the identity's signature for a session of the role.
 *
 * @throws ServiceError, NetworkError
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 */
export async function createSession(
  settings: VendSettings,
  identity: Identity,
  context: CreateSessionContext,
): Promise<Session> {
  const unsigned = buildCreateSession(settings);
  const { endpoint, region } = settings;
  const signer = {
    algorithm: identity.algorithm,
    serialNumber: identity.leaf.serialNumber,
    leaf: identity.leaf.der,
    chain: identity.chain.map(({ der }) => der),
    sign: (message: Uint8Array) => identity.sign(message),
  };
  const build = async (now: Date): Promise<HttpRequest> => {
    const signed = await signX509(unsigned, signer, { region: region.value, service, now });
    context.debug(`canonical request:\n${signed.canonicalRequest}`);
    context.debug(`string to sign:\n${signed.stringToSign}`);
    const { protocol, hostname, port } = endpoint.value;
    return {
      protocol,
      hostname,
      port,
      method: unsigned.method,
      target: `${unsigned.path}?${canonicalQuery(unsigned.query)}`,
      headers: { ...signed.headers, "User-Agent": context.userAgent, Accept: "application/json" },
      body: unsigned.body,
    };
  };
  const response = await sendWithRetry(build, context);
  if (response.statusCode < 200 || response.statusCode > 299) throw createSessionError(response, settings);
  return decodeSession(response, settings, formatEndpoint(endpoint.value));
}

function decodeSession(response: HttpResponse, settings: VendSettings, endpoint: string): Session {
  const refuse = (fault: string) =>
    new ServiceError("ERR_SERVICE_RESPONSE", `the answer of CreateSession ${fault}`, {
      service,
      operation: "CreateSession",
      statusCode: response.statusCode,
      serviceCode: "",
      requestId: response.headers["x-amzn-requestid"],
      hints: [`check that ${endpoint} is an IAM Roles Anywhere endpoint, and that no proxy answers in its place`],
    });
  const body = parseJson(response.body);
  if (body === undefined) throw refuse("is no JSON object");
  const set = body["credentialSet"];
  const entry = Array.isArray(set) ? object(set[0]) : undefined;
  if (entry === undefined) throw refuse("has no credentials in it (credentialSet is empty)");
  const credentials = object(entry["credentials"]) ?? {};
  const member = (name: string): string => {
    const value = credentials[name];
    if (typeof value === "string" && value !== "") return value;
    throw refuse(`lacks ${name}`);
  };
  const [accessKeyId, secretAccessKey, sessionToken] = [
    member("accessKeyId"),
    member("secretAccessKey"),
    member("sessionToken"),
  ];
  const expiration = new Date(member("expiration"));
  if (Number.isNaN(expiration.getTime())) throw refuse("has an expiration that is no date");
  const assumedRoleArn = object(entry["assumedRoleUser"])?.["arn"];
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiration,
    roleArn: settings.roleArn.value.text,
    region: settings.region.value,
    ...(typeof assumedRoleArn === "string" ? { assumedRoleArn } : {}),
  };
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
