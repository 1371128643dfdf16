import { partitionOf } from "../../aws/arn.js";
import { environmentRegion } from "../../aws/region.js";
import { UsageError } from "../../errors.js";
import { isSpiffe } from "../../identity/material-source.js";
import type { SpiffeSource } from "../../identity/material-source.js";
import type { Sourced } from "../../origin.js";
import { readSettingSources } from "../../settings/sources.js";
import { parseMaterialSource } from "../../settings/material-source.js";
import type { Session } from "../../vending/session.js";
import type { Invocation } from "../invocation.js";
import { requireRegion, resolveStsConnection } from "../sources/sts-connection.js";
import type { StsSources } from "../sources/sts-connection.js";
import { createVendContext } from "../sources/vend-context.js";
import type { AssumeRoleRequest } from "./request.js";

/** Flags without a parameter of AssumeRoleWithWebIdentity, and flags of other base credentials. */
export const foreignToTokens = [
  "profile",
  "source-profile",
  "private-key",
  "cert-selector",
  "cert-store",
  "trust-anchor-arn",
  "profile-arn",
  "role-arn",
  "external-id",
  "mfa-serial",
  "tag",
  "transitive-tag-key",
  "source-identity",
  "scope",
  "scope-policy",
] as const;

/**
 * Assumes the role with a JWT-SVID from a SPIFFE agent: of `--certificate spiffe:…`, else `SPIFFE_ENDPOINT_SOCKET`.
 *
 * @throws UsageError, IdentityError, ServiceError, NetworkError
 */
export async function assumeWithJwtSvid(
  audience: string,
  request: AssumeRoleRequest,
  flags: StsSources["flags"] & { readonly region?: string | undefined },
  invocation: Invocation,
): Promise<Session> {
  const { debug } = createVendContext(flags.debug ?? false, invocation);
  const { profileRegion, ...connection } = resolveStsConnection({ flags, profile: undefined }, invocation, debug);
  const { RoleArn, RoleSessionName, DurationSeconds, Policy, PolicyArns } = request;
  const named = flags.region ?? environmentRegion(invocation.variables);
  const region = requireRegion(partitionOf(RoleArn), named, profileRegion);
  const { parseSvidRequest } = await import("../../identity/spiffe/request.js");
  const { fetchJwtSvid } = await import("../../identity/spiffe/jwt-svid.js");
  const asked = parseSvidRequest(findAgent(flags, invocation), invocation.variables);
  const { token, spiffeId } = await fetchJwtSvid(asked, audience);
  invocation.stderr.write(`rolesanywhere-ts: base credentials: JWT-SVID of ${spiffeId} for ${audience}\n`);
  const { assumeRoleWithToken } = await import("../../vending/assume-role-with-token.js");
  const parameters = {
    RoleArn,
    RoleSessionName,
    DurationSeconds,
    ...(Policy === undefined ? {} : { Policy }),
    ...(PolicyArns === undefined ? {} : { PolicyArns }),
  };
  return assumeRoleWithToken({ token, parameters, subject: spiffeId }, { ...connection, region });
}

function findAgent(flags: StsSources["flags"], invocation: Invocation): Sourced<SpiffeSource> {
  const given = readSettingSources(flags, {}, invocation).lookup.string("certificate");
  const origin = given?.origin ?? ({ kind: "flag", setting: "jwt-svid" } as const);
  const found = { value: parseMaterialSource(given ?? { value: "spiffe:", origin }), origin };
  if (isSpiffe(found)) return found;
  throw new UsageError("ERR_CONFLICT", `--jwt-svid needs a SPIFFE agent, and --certificate names something else`, {
    hints: ["write --certificate spiffe:unix:///run/spire/agent.sock, or leave it out for SPIFFE_ENDPOINT_SOCKET"],
  });
}
