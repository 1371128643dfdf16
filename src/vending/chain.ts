import type { AssumeRoleParameters } from "../aws/assume-role.js";
import { chainedDurationSeconds } from "../aws/duration.js";
import type { StsConnection } from "./assume-role.js";
import type { Session } from "./session.js";

export type HopConnection = Omit<StsConnection, "region">;

/**
 * Walks the hops one after the other, each with the credentials of the one before.
 *
 * @param first The session that Roles Anywhere gave.
 * @throws ServiceError, NetworkError that name the hop.
 */
export async function walkHops(
  first: Session,
  hops: readonly AssumeRoleParameters[],
  connection: HopConnection,
  now: Date,
): Promise<Session> {
  const { assumeRole } = await import("./assume-role.js");
  let session = first;
  for (const [index, hop] of hops.entries()) {
    session = await assumeRole(
      {
        credentials: session,
        parameters: completeHop(hop, session, now),
        name: `hop ${index + 1} of ${hops.length} (${hop.RoleArn})`,
      },
      { ...connection, region: first.region },
    );
  }
  return session;
}

/**
 * Fills in what STS requires: a session name, by default the one of the session before, and a duration, by default the
 * smaller of an hour and what is left of that session.
 */
export function completeHop(
  hop: AssumeRoleParameters,
  before: Session,
  now: Date,
): AssumeRoleParameters & { readonly RoleSessionName: string } {
  const { minimum, maximum } = chainedDurationSeconds;
  const leftSeconds = Math.floor((before.expiration.getTime() - now.getTime()) / 1000);
  const inherited = before.assumedRoleArn?.split("/").at(-1) ?? "";
  return {
    ...hop,
    RoleSessionName: hop.RoleSessionName ?? (/^[\w+=,.@-]{2,64}$/.test(inherited) ? inherited : "rolesanywhere-ts"),
    DurationSeconds: hop.DurationSeconds ?? Math.min(maximum, Math.max(minimum, leftSeconds)),
  };
}
