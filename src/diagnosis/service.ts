import { RolesAnywhereError, textsOf } from "../errors.js";
import { renderHints, suspectOf } from "../message.js";
import type { Suspect } from "../message.js";
import type { Identity } from "../identity/identity.js";
import type { VendSettings } from "../settings/vend-settings.js";
import type { StsConnection } from "../vending/sts-connection.js";
import { completeHop } from "../vending/chain.js";
import { createSession } from "../vending/create-session.js";
import { isAboutOrigin } from "../vending/create-session-error.js";
import type { CreateSessionContext } from "../vending/create-session.js";
import type { Session } from "../vending/session.js";
import type { StepContext } from "../vending/step-context.js";
import type { Finding } from "./finding.js";
import { fail, failBy, pass, warn } from "./finding.js";
import { missingOriginSources } from "./origin-identity.js";
import { originIdentitySources } from "./trust-policy.js";

export interface Asked {
  readonly findings: readonly Finding[];
  readonly session: Session | undefined;
}

/** Possible causes of a rejection that earlier steps have ruled out. */
export type RuledOut = Readonly<Partial<Record<Suspect, boolean>>>;

/** Calls CreateSession. Hints on a rejection leave out causes that earlier steps have ruled out. */
export async function askForSession(
  settings: VendSettings,
  identity: Identity,
  context: CreateSessionContext,
  ruledOut: RuledOut,
): Promise<Asked> {
  const subject = settings.roleArn.value.text;
  const startedMs = context.now().getTime();
  try {
    const session = await createSession(settings, identity, context);
    const took = context.now().getTime() - startedMs;
    return {
      findings: [
        pass("CREATE_SESSION", subject, `${session.assumedRoleArn ?? "a session"} in ${took} ms`),
        checkLength(settings, session, context.now()),
      ],
      session,
    };
  } catch (error) {
    const denied = refusal("CREATE_SESSION", subject, error, ruledOut);
    return { findings: [withOriginCause(denied, error, identity)], session: undefined };
  }
}

/** Assumes one chained role with the previous session. */
export async function askForHop(
  index: number,
  settings: VendSettings,
  before: Session,
  connection: StsConnection,
  now: Date,
): Promise<Asked> {
  const hop = settings.hops[index]?.value;
  if (hop === undefined) return { findings: [], session: before };
  const { RoleArn: roleArn } = hop;
  const { length: count } = settings.hops;
  const name = `chained role ${index + 1} of ${count} (${roleArn})`;
  const { assumeRole } = await import("../vending/assume-role.js");
  try {
    const session = await assumeRole(
      { credentials: before, parameters: completeHop(hop, before, now), name },
      connection,
    );
    return {
      findings: [
        pass("HOP", roleArn, `${session.assumedRoleArn ?? "a session"} until ${formatTime(session.expiration)}`),
      ],
      session,
    };
  } catch (error) {
    return {
      findings: [refusal("HOP", roleArn, error, { certificate: true, clock: true, trustAnchor: true })],
      session: undefined,
    };
  }
}

/** Requests a scoped session with the last session, if a scope is set. */
export async function askForScope(settings: VendSettings, before: Session, context: StepContext): Promise<Asked> {
  const { scope, roleArn } = settings;
  if (scope === undefined) return { findings: [], session: before };
  const subject = settings.hops.at(-1)?.value.RoleArn ?? roleArn.value.text;
  const { planScope } = await import("../vending/scope/plan.js");
  try {
    const session = await planScope(scope, settings)(before, context);
    return { findings: [pass("SCOPE", subject, `a scoped session until ${formatTime(session.expiration)}`)], session };
  } catch (error) {
    return {
      findings: [refusal("SCOPE", subject, error, { certificate: true, clock: true, trustAnchor: true })],
      session: undefined,
    };
  }
}

/** Calls GetCallerIdentity with the final credentials. */
export async function askForCallerIdentity(session: Session, connection: StsConnection): Promise<Finding> {
  const subject = session.roleArn;
  const { getCallerArn } = await import("../vending/caller-identity.js");
  try {
    const arn = await getCallerArn(session, connection);
    const found = pass(
      "CALLER_IDENTITY",
      subject,
      `${arn ?? "no ARN in the answer"} in account ${arn?.split(":")[4] ?? "unknown"}`,
    );
    return arn === undefined ? found : { ...found, identity: { arn, until: formatTime(session.expiration) } };
  } catch (error) {
    const { name, message: said } = error as Error;
    const reason = error instanceof RolesAnywhereError ? said : `${name}: ${said}`;
    return fail(
      "CALLER_IDENTITY",
      subject,
      `GetCallerIdentity failed: ${reason}`,
      "check the STS endpoint (AWS_ENDPOINT_URL_STS), and that the session's region is enabled in the account",
    );
  }
}

function checkLength({ durationSeconds }: VendSettings, session: Session, now: Date): Finding {
  const seconds = Math.round((session.expiration.getTime() - now.getTime()) / 1000);
  const subject = "session length";
  if (seconds >= durationSeconds.value - 60) return pass("SESSION_LENGTH", subject, `${seconds} s, as asked for`);
  return warn(
    "SESSION_LENGTH",
    subject,
    `${seconds} s, where ${durationSeconds.value} s were asked for`,
    "the Roles Anywhere profile's own setting is shorter: raise its durationSeconds, or ask for less",
  );
}

/** Adds a missing subject field as a possible cause. Only AWS knows whether the profile needs it. */
function withOriginCause(finding: Finding, error: unknown, { leaf }: Identity): Finding {
  const denied = error instanceof RolesAnywhereError && error.code === "ERR_ACCESS_DENIED";
  const [missing] = missingOriginSources(leaf);
  if (!denied || missing === undefined || isAboutOrigin(error.message)) return finding;
  const isDefault = missing === originIdentitySources[0];
  const cause = `the certificate has no ${missing}, which the profile needs if its trusted identity propagation takes the subject from there${isDefault ? ", as by default" : ""}`;
  const { hint = "" } = finding;
  return { ...finding, hint: (isDefault ? [cause, hint] : [hint, cause]).filter(Boolean).join("; or ") };
}

function refusal(
  code: "CREATE_SESSION" | "HOP" | "SCOPE",
  subject: string,
  error: unknown,
  ruledOut: RuledOut,
): Finding {
  if (!(error instanceof RolesAnywhereError)) throw error;
  const left = renderHints(
    textsOf(error).hints.filter((hint) => {
      const suspect = suspectOf(hint);
      return suspect === undefined || ruledOut[suspect] !== true;
    }),
  );
  return failBy(code, subject, error, (left.length === 0 ? error.hints : left).join("; or "));
}

/** Formats a time in whole seconds. */
function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
