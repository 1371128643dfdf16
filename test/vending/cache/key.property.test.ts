import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProfileArn, parseRoleArn, parseTrustAnchorArn } from "../../../src/aws/arn.js";
import type { Hop } from "../../../src/aws/assume-role.js";
import { parseEndpoint } from "../../../src/aws/endpoint.js";
import type { Origin, Sourced } from "../../../src/origin.js";
import { cacheKey } from "../../../src/vending/cache/key.js";
import type { KeySettings } from "../../../src/vending/cache/key.js";
import { aRegion, aRole, aSessionName } from "../../support/parsed.js";

/** Every field that matters, as plain data; two of these are equal exactly when they ask for the same session. */
interface Facts {
  readonly leaf: string;
  readonly anchor: string;
  readonly profile: string;
  readonly role: string;
  readonly region: string;
  readonly endpoint: string;
  readonly seconds: number;
  readonly sessionName: string | undefined;
  readonly verify: boolean;
  readonly bundle: string | undefined;
  readonly hops: readonly Hop[];
  readonly stsEndpoint: string | undefined;
  readonly fips: boolean;
  readonly dualstack: boolean;
}

/** Few values each, so that two drawings often agree in a field. */
const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const optional = <T>(...values: readonly T[]) => fc.option(few(...values), { nil: undefined });
const hop: fc.Arbitrary<Hop> = fc.record(
  {
    RoleArn: few("arn:aws:iam::111122223333:role/A", "arn:aws:iam::111122223333:role/B").map(aRole),
    RoleSessionName: few("one", "two").map(aSessionName),
    DurationSeconds: few(900, 3600),
    ExternalId: few("x1", "x2"),
    SourceIdentity: few("s1", "s2"),
    SerialNumber: few("mfa1"),
    TokenCode: few("123456"),
    Policy: few("{}", '{"Version":"2012-10-17"}'),
    PolicyArns: few([{ arn: "p1" }], [{ arn: "p1" }, { arn: "p2" }]),
    Tags: few([{ Key: "k", Value: "v" }], [{ Key: "k", Value: "w" }]),
    TransitiveTagKeys: few(["k"], []),
  },
  { requiredKeys: ["RoleArn"] },
);
const facts: fc.Arbitrary<Facts> = fc
  .record({
    leaf: few("leaf1", "leaf2"),
    anchor: few("a1", "a2"),
    profile: few("p1", "p2"),
    role: few("R1", "R2"),
    region: few("us-east-1", "eu-west-1"),
    endpoint: few("https://one.example", "https://one.example:8443", "http://one.example", "https://one.example/gw"),
    seconds: few(900, 3600),
    sessionName: optional("one", "two"),
    verify: fc.boolean(),
    bundle: optional("/one.pem", "/two.pem"),
    hops: fc.array(hop, { maxLength: 2 }),
    stsEndpoint: optional("https://sts.example", "https://other.example"),
    fips: fc.boolean(),
    dualstack: fc.boolean(),
  })
  // Without a hop STS is not asked, and how to reach it does not matter.
  .map((drawn) =>
    drawn.hops.length > 0 ? drawn : { ...drawn, stsEndpoint: undefined, fips: false, dualstack: false },
  );
const origins: fc.Arbitrary<Origin> = few<Origin>(
  { kind: "default" },
  { kind: "flag", setting: "x" },
  { kind: "environment", name: "X" },
);

function settingsOf(drawn: Facts, origin: Origin): KeySettings {
  const sourced = <T>(value: T): Sourced<T> => ({ value, origin });
  const maybe = (value: string | undefined) => (value === undefined ? undefined : sourced(value));
  const prefix = "arn:aws:rolesanywhere:us-east-1:111122223333";
  return {
    trustAnchorArn: sourced(parseTrustAnchorArn(`${prefix}:trust-anchor/${drawn.anchor}`, "test")),
    profileArn: sourced(parseProfileArn(`${prefix}:profile/${drawn.profile}`, "test")),
    roleArn: sourced(parseRoleArn(`arn:aws:iam::111122223333:role/${drawn.role}`, "test")),
    region: sourced(aRegion(drawn.region)),
    endpoint: sourced(parseEndpoint(drawn.endpoint, "test")),
    durationSeconds: sourced(drawn.seconds),
    roleSessionName: drawn.sessionName === undefined ? undefined : sourced(aSessionName(drawn.sessionName)),
    verifySsl: sourced(drawn.verify),
    caBundle: maybe(drawn.bundle),
    hops: drawn.hops.map(sourced),
    sts: {
      endpoint: maybe(drawn.stsEndpoint),
      useFipsEndpoint: drawn.fips ? sourced(true as const) : undefined,
      useDualstackEndpoint: drawn.dualstack ? sourced(true as const) : undefined,
    },
  };
}

const keyOf = (drawn: Facts, origin: Origin) => cacheKey(settingsOf(drawn, origin), Buffer.from(drawn.leaf));
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

describe("cacheKey", () => {
  it("differs exactly when a field that matters differs, wherever the values come from", () => {
    fc.assert(
      fc.property(facts, facts, origins, origins, (one, other, here, there) => {
        expect(keyOf(one, here) === keyOf(other, there)).toBe(canonical(one) === canonical(other));
      }),
      { numRuns: 2000 },
    );
  });

  it("differs when any single field is changed", () => {
    fc.assert(
      fc.property(facts, facts, (one, other) => {
        for (const field of Object.keys(one) as (keyof Facts)[]) {
          const changed = { ...one, [field]: other[field] } as Facts;
          const same = canonical(one) === canonical(changed);
          const ignored = one.hops.length === 0 && ["stsEndpoint", "fips", "dualstack"].includes(field);
          expect(keyOf(one, { kind: "default" }) === keyOf(changed, { kind: "default" }), field).toBe(same || ignored);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("does not depend on the order of a hop's members", () => {
    fc.assert(
      fc.property(facts, hop, (drawn, parameters) => {
        const turned = Object.fromEntries(Object.entries(parameters).reverse()) as unknown as Hop;
        const key = (member: Hop) => keyOf({ ...drawn, hops: [member] }, { kind: "default" });
        expect(key(turned)).toBe(key(parameters));
      }),
    );
  });
});
