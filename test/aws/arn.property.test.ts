import * as fc from "fast-check";
import { expect, test } from "vitest";
import { aliasOf, parseProfileArn, parseRoleArn, parseTrustAnchorArn, roleName } from "../../src/aws/arn.js";
import { RolesAnywhereError } from "../../src/errors.js";

const partition = fc.constantFrom("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc");
const account = fc.stringMatching(/^\d{12}$/);
const region = fc.constantFrom("us-east-1", "eu-isoe-west-1", "us-gov-west-1", "eusc-de-east-1", "cn-north-1");
const name = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);

test("every part of a role ARN is found, with any path", () => {
  fc.assert(
    fc.property(
      partition,
      account,
      fc.array(
        fc.stringMatching(/^[!-.0-~]{1,10}$/).filter((part) => !/["']/.test(part)),
        { maxLength: 3 },
      ),
      name,
      (p, a, path, role) => {
        const text = `arn:${p}:iam::${a}:role/${[...path, role].join("/")}`;
        const arn = parseRoleArn(text, "--role-arn");
        expect([arn.text, arn.partition, arn.accountId, roleName(arn)]).toEqual([text, p, a, role]);
      },
    ),
  );
});

test("every part of a trust anchor's and a profile's ARN is found", () => {
  fc.assert(
    fc.property(partition, region, account, fc.uuid(), (p, r, a, id) => {
      const anchor = parseTrustAnchorArn(`arn:${p}:rolesanywhere:${r}:${a}:trust-anchor/${id}`, "--trust-anchor-arn");
      const profile = parseProfileArn(`arn:${p}:rolesanywhere:${r}:${a}:profile/${id}`, "--profile-arn");
      expect([anchor.region, anchor.resourceId, profile.region, profile.resourceId]).toEqual([r, id, r, id]);
    }),
  );
});

const stem = "arn:aws:rolesanywhere:eu-west-1:111122223333";

test("an alias stands for the trust anchor or the profile that it names, as it is written", () => {
  const aliases = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}(\/[A-Za-z0-9_-]{1,20}){0,3}$/);
  fc.assert(
    fc.property(aliases, (alias) => {
      const anchor = parseTrustAnchorArn(`${stem}:alias/trust-anchor/${alias}`, "--trust-anchor-arn");
      const profile = parseProfileArn(`${stem}:alias/profile/${alias}`, "--profile-arn");
      expect([aliasOf(anchor), aliasOf(profile)]).toEqual([alias, alias]);
      expect([anchor.text, anchor.region]).toEqual([`${stem}:alias/trust-anchor/${alias}`, "eu-west-1"]);
    }),
  );
  expect(aliasOf(parseTrustAnchorArn(`${stem}:trust-anchor/id`, "--trust-anchor-arn"))).toBeUndefined();
});

test.each([
  [parseTrustAnchorArn, "alias/profile/a", "is a Roles Anywhere profile ARN, by an alias", "--profile-arn"],
  [parseProfileArn, "alias/trust-anchor/a", "is a trust anchor ARN, by an alias", "--trust-anchor-arn"],
  [parseTrustAnchorArn, "alias/crl/a", 'is of service "rolesanywhere" with resource type "alias"', ""],
  [parseTrustAnchorArn, "alias/trust-anchor/", 'has alias ""', ""],
  [parseTrustAnchorArn, "alias/trust-anchor/1a", 'has alias "1a"', ""],
  [parseTrustAnchorArn, "alias/trust-anchor/a//b", 'has alias "a//b"', ""],
  [parseTrustAnchorArn, "alias/trust-anchor/a/", 'has alias "a/"', ""],
  [parseProfileArn, `alias/profile/${"a".repeat(257)}`, "expected 1-256 characters", ""],
] as const)("%o refuses %s", (parse, resource, words, hint) => {
  const refusal = (): unknown => {
    try {
      return parse(`${stem}:${resource}`, "the ARN");
    } catch (error) {
      return error;
    }
  };
  expect(refusal()).toMatchObject({ code: "ERR_ARN", message: expect.stringContaining(words) });
  expect((refusal() as RolesAnywhereError).hints.join(" ")).toContain(hint);
});

test("a role has no alias", () => {
  expect(() => parseRoleArn("arn:aws:iam::111122223333:alias/role/a", "--role-arn")).toThrow(/resource type "alias"/);
});

test("whatever the text, it is parsed or refused in words", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `arn:aws:iam::111122223333:role/${text}`),
      ),
      (text) => {
        const outcome = attempt(text);
        const good =
          outcome instanceof RolesAnywhereError
            ? /^--role-arn [^\u0000-\u001f]*$/.test(outcome.message) && outcome.hints.length > 0
            : outcome === text;
        expect(good).toBe(true);
      },
    ),
  );
});

function attempt(text: string): unknown {
  try {
    return parseRoleArn(text, "--role-arn").text;
  } catch (error) {
    return error;
  }
}
