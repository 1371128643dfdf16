import { parseRoleArn } from "../../aws/arn.js";
import type { Hop } from "../../aws/assume-role.js";
import { parseRoleSessionName } from "../../aws/duration.js";
import type { AssumedRole, FollowedProfile } from "../../diagnosis/profile/source.js";
import { describeOrigin } from "../../origin.js";
import type { Sourced } from "../../origin.js";
import type { LineSettings } from "../../settings/lookup.js";
import { readSettingSources } from "../../settings/sources.js";
import type { ReadSources } from "../../settings/sources.js";
import type { Invocation } from "../invocation.js";
import { readOwnLine } from "../sources/own-line.js";
import { readSources, settingsProfileName } from "../sources/resolve-settings.js";
import type { CheckInput } from "./input.js";

/**
 * Reads the sources of settings as a vend does. If the profile gets its credentials from a `credential_process` line of
 * this program, they include the flags of that line. Flags of `check` take precedence.
 *
 * @throws UsageError
 */
export function readCheckedSources(
  given: CheckInput["given"],
  followed: FollowedProfile | undefined,
  invocation: Invocation,
): ReadSources {
  const source = followed?.source;
  if (source === undefined) return readSources(given, invocation);
  if (source.kind !== "process") return readSources({ "settings-profile": source.profile, ...given }, invocation);
  const line = readLine(source, invocation);
  const named = settingsProfileName({ ...line?.flags, ...given }, invocation);
  return readSettingSources(given, { settings: named }, invocation, line);
}

/** Tells whether this program gives the credentials: by keys of its own, or by a line with any flags. */
export function isOwnSource({ source }: FollowedProfile, invocation: Invocation): boolean {
  if (source.kind === "settings") return true;
  if (source.kind !== "process") return false;
  try {
    return readLine(source, invocation) !== undefined;
  } catch {
    // The line runs this program, and the check reports what is wrong with its flags.
    return true;
  }
}

type ProcessSource = Extract<FollowedProfile["source"], { readonly kind: "process" }>;

function readLine({ profile, line, file }: ProcessSource, invocation: Invocation): LineSettings | undefined {
  const flags = readOwnLine(line, `credential_process of profile "${profile}" in ${file}`, invocation);
  return flags === undefined ? undefined : { flags, profile, file, beatsEnvironment: true };
}

/**
 * Converts the roles that the AWS tool assumes itself to chained roles, in the order in which they are assumed.
 *
 * @throws UsageError `ERR_ARN`, `ERR_SETTING`
 */
export function rolesAsHops(roles: readonly AssumedRole[]): readonly Sourced<Hop>[] {
  return roles.toReversed().map(({ profile, file, keys }) => {
    const originOf = (key: string) => ({ kind: "profile", key, profile, file }) as const;
    const [name, externalId] = [keys.get("role_session_name"), keys.get("external_id")];
    return {
      value: {
        RoleArn: parseRoleArn(keys.get("role_arn") ?? "", describeOrigin(originOf("role_arn"))).text,
        ...(name === undefined
          ? {}
          : { RoleSessionName: parseRoleSessionName(name, describeOrigin(originOf("role_session_name"))) }),
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      },
      origin: originOf("role_arn"),
    };
  });
}
