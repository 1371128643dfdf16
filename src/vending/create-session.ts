import { formatEndpoint } from "../aws/endpoint.js";
import { sendWithRetry } from "../aws/http/send-with-retry.js";
import type { SendContext } from "../aws/http/send-with-retry.js";
import type { Identity } from "../identity/identity.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { encodeText } from "../signing/encoding.js";
import { createX509Scheme } from "../signing/x509-scheme.js";
import { decodeCreateSession } from "./create-session-answer.js";
import type { CreateSessionAnswer } from "./create-session-answer.js";
import type { Session } from "./session.js";
import { createSignedRequest } from "./signed-request.js";
import type { UnsignedRequest } from "./signed-request.js";

const service = "rolesanywhere";

export interface CreateSessionContext extends SendContext {
  readonly userAgent: string;
}

/** Builds the request as the official helper sends it: ARNs in the query, the rest in the body. */
export function buildCreateSession(
  settings: Pick<
    VendSettings,
    | "endpoint"
    | "profileArn"
    | "roleArn"
    | "trustAnchorArn"
    | "durationSeconds"
    | "roleSessionName"
    | "instanceProperties"
  >,
): UnsignedRequest {
  const { endpoint, profileArn, roleArn, trustAnchorArn, durationSeconds, roleSessionName, instanceProperties } =
    settings;
  const query = [
    ["profileArn", profileArn.value.text],
    ["roleArn", roleArn.value.text],
    ["trustAnchorArn", trustAnchorArn.value.text],
  ] as const;
  return {
    method: "POST",
    target: `${endpoint.value.pathPrefix}/sessions?${query.map(([name, arn]) => `${name}=${encodeText(arn)}`).join("&")}`,
    headers: [
      ["content-type", "application/json"],
      ["host", endpoint.value.host],
    ],
    body: JSON.stringify({
      durationSeconds: durationSeconds.value,
      ...(roleSessionName === undefined ? {} : { roleSessionName: roleSessionName.value }),
      ...(instanceProperties === undefined ? {} : { instanceProperties }),
    }),
  };
}

/**
 * Gets a session of the role with the identity's signature.
 *
 * @throws ServiceError, NetworkError
 */
export async function createSession(
  settings: VendSettings,
  identity: Identity,
  context: CreateSessionContext,
): Promise<Session> {
  const { credentialSet } = await requestSession(settings, identity, context);
  const [{ credentials, assumedRoleUser }] = credentialSet;
  return {
    ...credentials,
    roleArn: settings.roleArn.value.text,
    region: settings.region.value,
    ...(assumedRoleUser === undefined ? {} : { assumedRoleArn: assumedRoleUser.arn }),
  };
}

/**
 * Sends CreateSession and returns the whole response.
 *
 * @throws ServiceError, NetworkError
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 */
export async function requestSession(
  settings: VendSettings,
  identity: Identity,
  context: CreateSessionContext,
): Promise<CreateSessionAnswer> {
  const unsigned = buildCreateSession(settings);
  const { endpoint, region } = settings;
  const signer = {
    algorithm: identity.algorithm,
    serialNumber: identity.leaf.serialNumber,
    leaf: identity.leaf.der,
    chain: identity.chain.map(({ der }) => der),
    sign: (message: Uint8Array) => identity.sign(message),
  };
  const build = createSignedRequest(unsigned, {
    scheme: createX509Scheme(signer, service, region.value),
    endpoint: endpoint.value,
    pathSigning: "unnormalized",
    unsignedHeaders: [
      ["user-agent", context.userAgent],
      ["accept", "application/json"],
    ],
    onSigned({ canonicalRequest, stringToSign }) {
      context.debug(`canonical request:\n${canonicalRequest}`);
      context.debug(`string to sign:\n${stringToSign}`);
    },
  });
  const response = await sendWithRetry(build, context);
  if (response.statusCode < 200 || response.statusCode > 299) {
    const { createSessionError } = await import("./create-session-error.js");
    const { describeGaps } = await import("../identity/certificate/gaps.js");
    throw createSessionError(response, settings, describeGaps(identity));
  }
  return decodeCreateSession(response, formatEndpoint(endpoint.value));
}
