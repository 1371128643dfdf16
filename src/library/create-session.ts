import type { AwsCredentials } from "../aws/credentials.js";
import { loadIdentity } from "../identity/load-identity.js";
import { requestSession } from "../vending/create-session.js";
import type { CreateSessionAnswer, CredentialSetMember } from "../vending/create-session-answer.js";
import type { VendSettings } from "../settings/vend-settings.js";
import type { TakeSteps } from "../vending/steps.js";
import { createSessionContext, traceSettings } from "../vending/vend.js";
import { asCallError, createCallContext } from "./call-context.js";
import type { RolesAnywhereCredentials } from "./from-roles-anywhere.js";
import { readyIdentity } from "./key-material.js";
import { readEnvironment, readOptionSources, resolveOptionSettings } from "./option-settings.js";
import { sessionOptionNames } from "./option-names.js";
import { refuseUnknown } from "./refuse-options.js";
import type { SessionOptions } from "./session-options.js";

/** A session as returned by CreateSession, and the region that was called. */
export interface CreatedSession extends CreateSessionAnswer, Omit<CredentialSetMember, "credentials"> {
  /** Credentials of the first and usually only member of `credentialSet`. */
  readonly credentials: RolesAnywhereCredentials;
  readonly expiration: Date;
  /** Region that was called. */
  readonly region: string;
}

/**
 * Requests one session and returns the whole response. Nothing is cached. With `scope`, the credentials are those of the
 * scoped session.
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
    const calls = createSessionContext(settings, context);
    const takeScope =
      settings.scope === undefined
        ? undefined
        : await (await import("../vending/steps.js")).planSteps({ ...settings, hops: [] }, { ...context, ...calls });
    const identity = await loadIdentity(settings.identity, context);
    try {
      const answer = await requestSession(settings, identity, calls);
      const scoped = takeScope === undefined ? answer : await scopeAnswer(answer, settings, takeScope, calls.overallMs);
      return describe(scoped, settings.roleArn.value.accountId, settings.region.value);
    } finally {
      await identity.close?.();
    }
  } catch (error) {
    throw asCallError(error, options.signal);
  }
}

/** Distinguishes the result of {@link createSession} from plain credentials. */
export function isCreatedSession(value: AwsCredentials | CreatedSession): value is CreatedSession {
  return "credentialSet" in value;
}

/** Replaces the credentials in the response with those of the scoped session. */
async function scopeAnswer(
  answer: CreateSessionAnswer,
  { roleArn, region }: VendSettings,
  takeScope: TakeSteps,
  overallMs: number,
): Promise<CreateSessionAnswer> {
  const [first] = answer.credentialSet;
  const session = { ...first.credentials, roleArn: roleArn.value.text, region: region.value };
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await takeScope(session, overallMs);
  const credentials = { accessKeyId, secretAccessKey, sessionToken, expiration };
  return { ...answer, credentialSet: [{ ...first, credentials }] };
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
