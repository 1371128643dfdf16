import type { CompleteHop, Hop } from "../aws/assume-role.js";
import type { AwsCredentials } from "../aws/credentials.js";
import { chainedDurationSeconds } from "../aws/duration-limits.js";
import { isSessionName, ownSessionName } from "../aws/duration.js";
import type { Region } from "../aws/region.js";
import type { StsConnection } from "./sts-connection.js";
import type { Session } from "./session.js";

export interface HopConnection extends Omit<StsConnection, "region"> {
  /** Default: the region of the first session. */
  readonly region?: Region | undefined;
}

/** The session that a chained role is assumed with. */
export interface HopStart extends AwsCredentials {
  readonly expiration: Date;
  readonly assumedRoleArn?: string | undefined;
  readonly region: Region;
}

/**
 * Assumes the chained roles in order, each with the credentials of the previous one.
 *
 * @param first The session from Roles Anywhere.
 * @throws ServiceError, NetworkError that name the role.
 */
export async function walkHops(
  first: HopStart,
  [nearest, ...further]: readonly [Hop, ...Hop[]],
  connection: HopConnection,
  now: Date,
): Promise<Session> {
  const { assumeRole } = await import("./assume-role.js");
  const walk = (before: HopStart, role: Hop, number: number) =>
    assumeRole(
      {
        credentials: before,
        parameters: completeHop(role, before, now),
        name: `chained role ${number} of ${further.length + 1} (${role.RoleArn})`,
      },
      { ...connection, region: connection.region ?? first.region },
    );
  let session = await walk(first, nearest, 1);
  for (const [index, hop] of further.entries()) session = await walk(session, hop, index + 2);
  return session;
}

/**
 * Adds what STS requires: a session name, by default that of the previous session, and a duration, by default one hour
 * or the rest of that session if that is shorter.
 */
export function completeHop(hop: Hop, before: Pick<HopStart, "expiration" | "assumedRoleArn">, now: Date): CompleteHop {
  const { minimum, maximum } = chainedDurationSeconds;
  const leftSeconds = Math.floor((before.expiration.getTime() - now.getTime()) / 1000);
  const inherited = before.assumedRoleArn?.split("/").at(-1) ?? "";
  return {
    ...hop,
    RoleSessionName: hop.RoleSessionName ?? (isSessionName(inherited) ? inherited : ownSessionName),
    DurationSeconds: hop.DurationSeconds ?? Math.min(maximum, Math.max(minimum, leftSeconds)),
  };
}
