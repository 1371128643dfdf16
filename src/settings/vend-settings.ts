import type { ProfileArn, RoleArn, TrustAnchorArn } from "../aws/arn.js";
import { parseProfileArn, parseRoleArn, parseTrustAnchorArn } from "../aws/arn.js";
import type { Hop } from "../aws/assume-role.js";
import { sessionDurationSeconds } from "../aws/duration-limits.js";
import { parseRoleSessionName, parseSessionDuration } from "../aws/duration.js";
import type { RoleSessionName } from "../aws/duration.js";
import type { Endpoint } from "../aws/endpoint.js";
import { parseRegion } from "../aws/region.js";
import type { Region } from "../aws/region.js";
import { UsageError } from "../errors.js";
import { environmentName, message, onCommandLine, setting } from "../message.js";
import type { Text } from "../message.js";
import type { IdentitySource } from "../identity/source.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { EndpointSources } from "./connection.js";
import { configuredEndpoint, resolveCaBundle, resolveEndpoint, resolveVariant, serviceNames } from "./connection.js";
import type { EnabledVariant } from "./connection.js";
import { resolveHops } from "./hops.js";
import type { HopSources } from "./hops.js";
import { resolveIdentitySource } from "./identity-settings.js";
import { profileKey } from "./lookup.js";
import type { Lookup } from "./lookup.js";
import { findScope } from "./scope-settings.js";
import type { ScopeSettings } from "./scope-settings.js";

/** All settings of a session request, complete and readonly, each with its origin. */
export interface VendSettings {
  readonly identity: IdentitySource;
  readonly trustAnchorArn: Sourced<TrustAnchorArn>;
  readonly profileArn: Sourced<ProfileArn>;
  readonly roleArn: Sourced<RoleArn>;
  readonly region: Sourced<Region>;
  readonly endpoint: Sourced<Endpoint>;
  /** Seconds, 900-43200. */
  readonly durationSeconds: Sourced<number>;
  readonly roleSessionName: Sourced<RoleSessionName> | undefined;
  /** For a profile with `requireInstanceProperties`; only the library sets them. */
  readonly instanceProperties?: Readonly<Record<string, string>> | undefined;
  readonly hops: readonly Sourced<Hop>[];
  /** Limits the session after role chaining. */
  readonly scope?: ScopeSettings | undefined;
  readonly sts: StsSettings;
  readonly verifySsl: Sourced<boolean>;
  /** A PEM file that replaces the trusted roots. */
  readonly caBundle: Sourced<string> | undefined;
  readonly debug: boolean;
}

export interface StsSettings extends EnabledVariant {
  /** A custom endpoint URL; undefined for the region's own. */
  readonly endpoint: Sourced<string> | undefined;
}

export interface VendSettingsSources extends EndpointSources, HopSources {
  readonly homeDirectory: string | undefined;
}

/**
 * Resolves and validates all settings of a session request.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARN`, `ERR_ARN_MISMATCH`, `ERR_CONFLICT`
 */
export function resolveVendSettings(sources: VendSettingsSources): VendSettings {
  const { lookup } = sources;
  const identity = resolveIdentitySource(lookup);
  const [anchorText, profileText, roleText] = required(lookup);
  const trustAnchorArn = parsed(anchorText, parseTrustAnchorArn);
  const profileArn = parsed(profileText, parseProfileArn);
  const roleArn = parsed(roleText, parseRoleArn);
  refuseDisagreement(trustAnchorArn, profileArn, roleArn);
  const region = resolveRegion(lookup, trustAnchorArn);
  const duration = lookup.integer("session-duration") ?? {
    value: sessionDurationSeconds.default,
    origin: { kind: "default" },
  };
  const sessionName = lookup.string("role-session-name");
  return {
    identity,
    trustAnchorArn,
    profileArn,
    roleArn,
    region,
    endpoint: resolveEndpoint(region.value, sources),
    durationSeconds: parsed(duration, parseSessionDuration),
    roleSessionName: sessionName === undefined ? undefined : parsed(sessionName, parseRoleSessionName),
    hops: resolveHops(sources),
    scope: findScope(lookup, sources.readText),
    sts: {
      endpoint: configuredEndpoint(serviceNames.sts, sources),
      ...resolveVariant(sources),
    },
    verifySsl: resolveVerifySsl(lookup),
    caBundle: resolveCaBundle(sources),
    debug: lookup.boolean("debug")?.value ?? false,
  };
}

/** Tells whether any setting of a certificate-based session is given. */
export function hasCertificateSettings(lookup: Lookup): boolean {
  return ["trust-anchor-arn", "profile-arn", "role-arn", "certificate"].some(
    (name) => lookup.string(name) !== undefined,
  );
}

const requiredNames = ["trust-anchor-arn", "profile-arn", "role-arn"] as const;

/** Returns all of them, or throws an error that names all missing ones. */
function required(lookup: Lookup): readonly [Sourced<string>, Sourced<string>, Sourced<string>] {
  const [anchor, profile, role] = requiredNames.map((name) => lookup.string(name));
  if (anchor !== undefined && profile !== undefined && role !== undefined) return [anchor, profile, role];
  const missing = requiredNames.filter((name) => lookup.string(name) === undefined);
  const [first = ""] = missing;
  const names = missing.map((name) => setting(name)).reduce((list, name) => message`${list}, ${name}`);
  throw new UsageError("ERR_SETTING", message`${names} ${missing.length > 1 ? "are" : "is"} missing`, {
    hints: [
      message`give ${names}${onCommandLine(`, or set ${environmentName(first)}, or ${profileKey(first)} in the profile that --settings-profile names`)}`,
      onCommandLine('"rolesanywhere-ts configure" asks for everything and writes a profile'),
    ],
  });
}

function parsed<From, To>(found: Sourced<From>, parse: (value: From, subject: Text) => To): Sourced<To> {
  return { value: parse(found.value, describeOrigin(found.origin)), origin: found.origin };
}

function resolveRegion(lookup: Lookup, trustAnchorArn: Sourced<TrustAnchorArn>): Sourced<Region> {
  const explicit = lookup.string("region");
  if (explicit === undefined) {
    return {
      value: trustAnchorArn.value.region,
      origin: { kind: "derived", from: describeOrigin(trustAnchorArn.origin) },
    };
  }
  return parsed(explicit, parseRegion);
}

function resolveVerifySsl(lookup: Lookup): Sourced<boolean> {
  const off = lookup.boolean("no-verify-ssl");
  return off === undefined ? { value: true, origin: { kind: "default" } } : { value: !off.value, origin: off.origin };
}

function refuseDisagreement(
  trustAnchor: Sourced<TrustAnchorArn>,
  profile: Sourced<ProfileArn>,
  role: Sourced<RoleArn>,
): void {
  const anchorName = describeOrigin(trustAnchor.origin);
  const profileName = describeOrigin(profile.origin);
  const roleName = describeOrigin(role.origin);
  const disagree = (what: string, one: Text, other: Text, hint: Text) =>
    new UsageError("ERR_ARN_MISMATCH", message`${what}: ${one}, ${other}`, { hints: [hint] });
  if (trustAnchor.value.region !== profile.value.region) {
    throw disagree(
      "trust anchor and profile regions don't match",
      message`${anchorName} has ${trustAnchor.value.region}`,
      message`${profileName} has ${profile.value.region}`,
      "take the trust anchor and the profile of one region",
    );
  }
  if (trustAnchor.value.accountId !== profile.value.accountId) {
    throw disagree(
      "trust anchor and profile accounts don't match",
      message`${anchorName} has ${trustAnchor.value.accountId}`,
      message`${profileName} has ${profile.value.accountId}`,
      "CreateSession needs trust anchor, profile and role of one account",
    );
  }
  if (role.value.accountId !== profile.value.accountId) {
    throw disagree(
      "profile and role accounts don't match",
      message`${profileName} has ${profile.value.accountId}`,
      message`${roleName} has ${role.value.accountId}`,
      message`for a role of another account give it to ${setting("assume-role-arn")} and a role of this account to ${setting("role-arn")}`,
    );
  }
  if (trustAnchor.value.partition !== profile.value.partition || trustAnchor.value.partition !== role.value.partition) {
    const found = [trustAnchor, profile, role].map(({ value }) => value.partition).join(", ");
    throw disagree(
      "trust anchor, profile and role partitions don't match",
      `found ${found}`,
      "expected one",
      "take all three ARNs from one partition",
    );
  }
}
