import { createHash } from "node:crypto";
import { formatEndpoint } from "../../aws/endpoint.js";
import type { VendSettings } from "../../settings/vend-settings.js";

/** The settings that affect the session, or how far it can be trusted. */
export type KeySettings = Pick<
  VendSettings,
  | "trustAnchorArn"
  | "profileArn"
  | "roleArn"
  | "region"
  | "endpoint"
  | "durationSeconds"
  | "roleSessionName"
  | "instanceProperties"
  | "hops"
  | "scope"
  | "sts"
  | "verifySsl"
  | "caBundle"
>;

const format = 1;

/**
 * Returns the cache key of settings: equal for settings that request the same session in the same way, different for
 * all others.
 *
 * @param leafDer The client certificate, or a substitute.
 */
export function cacheKey(settings: KeySettings, leafDer: Uint8Array): string {
  const { trustAnchorArn, profileArn, roleArn, region, endpoint, durationSeconds, roleSessionName, hops, sts } =
    settings;
  const { instanceProperties, scope } = settings;
  const facts = [
    format,
    createHash("sha256").update(leafDer).digest("hex"),
    trustAnchorArn.value.text,
    profileArn.value.text,
    roleArn.value.text,
    region.value,
    formatEndpoint(endpoint.value),
    durationSeconds.value,
    roleSessionName?.value ?? null,
    // A session obtained without TLS verification must not be used by a run that verifies.
    settings.verifySsl.value,
    settings.caBundle?.value ?? null,
    hops.map(({ value }) => sortMembers(value)),
    hops.length === 0 && scope === undefined
      ? null
      : [sts.endpoint?.value ?? null, sts.useFipsEndpoint !== undefined, sts.useDualstackEndpoint !== undefined],
    ...(instanceProperties === undefined ? [] : [sortMembers(instanceProperties)]),
    ...(scope === undefined ? [] : ["scope", ...Object.values(scope).map((found) => found?.value ?? null)]),
  ];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

function sortMembers(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
