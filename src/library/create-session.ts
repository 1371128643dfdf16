import type { AwsCredentials } from "../aws/credentials.js";
import { loadIdentity } from "../identity/load-identity.js";
import { requestSession } from "../vending/create-session.js";
import type { CreateSessionAnswer, CredentialSetMember } from "../vending/create-session-answer.js";
import { createSessionContext, traceSettings } from "../vending/vend.js";
import { asCallError, createCallContext } from "./call-context.js";
import type { RolesAnywhereCredentials } from "./from-roles-anywhere.js";
import { readyIdentity } from "./key-material.js";
import { readEnvironment, readOptionSources, resolveOptionSettings } from "./option-settings.js";
import { sessionOptionNames } from "./option-names.js";
import { refuseUnknown } from "./refuse-options.js";
import type { SessionOptions } from "./session-options.js";

/** A session as CreateSession answers it, and where it was asked for. */
export interface CreatedSession extends CreateSessionAnswer, Omit<CredentialSetMember, "credentials"> {
  /** Of the first, and as a rule only, member of `credentialSet`. */
  readonly credentials: RolesAnywhereCredentials;
  readonly expiration: Date;
  /** Region that was called. */
  readonly region: string;
}

/**
 * Requests one session and returns the whole response. Nothing is cached.
 *
 * `assumedRoleUser`, `packedPolicySize`, `roleArn` and `sourceIdentity` are those of the first member of
 * `credentialSet`. Connection faults, throttling and responses of 500 and above are retried, up to three attempts.
 *
 * @throws UsageError when an option is wrong; IdentityError when certificate, chain or key is; ServiceError when AWS
 *   rejected the request or sent an invalid response; NetworkError after a timeout or a connection fault; the reason of
 *   `signal`.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 * @example
 * ```ts
 * const session = await createSession({
 *   certificate: await readFile("client.pem"),
 *   privateKey: await readFile("client.key"),
 *   trustAnchorArn: "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID",
 *   profileArn: "arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID",
 *   roleArn: "arn:aws:iam::111122223333:role/ROLE_NAME",
 * });
 * console.log(session.assumedRoleUser?.arn, session.subjectArn, session.expiration);
 * ```
 */
export async function createSession(options: SessionOptions): Promise<CreatedSession> {
  try {
    refuseUnknown(options, sessionOptionNames.createSession);
    options.signal?.throwIfAborted();
    const environment = readEnvironment(options);
    const given = resolveOptionSettings(readOptionSources(options, environment), options);
    const settings = { ...given, identity: await readyIdentity(given.identity, options) };
    const context = createCallContext(options, environment);
    traceSettings(settings, context);
    const identity = await loadIdentity(settings.identity, context);
    try {
      const answer = await requestSession(settings, identity, createSessionContext(settings, context));
      return describe(answer, settings.roleArn.value.accountId, settings.region.value);
    } finally {
      await identity.close?.();
    }
  } catch (error) {
    throw asCallError(error, options.signal);
  }
}

/** Whether a value comes from {@link createSession}, unlike plain credentials. */
export function isCreatedSession(value: AwsCredentials | CreatedSession): value is CreatedSession {
  return "credentialSet" in value;
}

function describe(answer: CreateSessionAnswer, accountId: string, region: string): CreatedSession {
  const [{ credentials, ...first }] = answer.credentialSet;
  return {
    ...answer,
    ...first,
    credentials: { ...credentials, accountId },
    expiration: credentials.expiration,
    region,
  };
}
