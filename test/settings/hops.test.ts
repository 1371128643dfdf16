import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveHops } from "../../src/settings/hops.js";
import { readSettingSources } from "../../src/settings/sources.js";
import { createScratch } from "../support/scratch.js";

const role = (name: string | number) => `arn:aws:iam::111122223333:role/${name}`;
type Flags = Readonly<Record<string, string | number | readonly string[]>>;

function hops(
  flags: Flags,
  variables: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
) {
  const folder = createScratch("hops");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const environment = { variables, homeDirectory: undefined, workingDirectory: folder, platform: "linux" } as const;
  return resolveHops(readSettingSources(flags, {}, environment)).map(({ value }) => value);
}
const many = (count: number) => Array.from({ length: count }, (_, index) => role(index));
const document = (...members: readonly object[]) => JSON.stringify(members);

describe("roles behind the session", () => {
  it("are none unless one is named", () => {
    expect(hops({})).toEqual([]);
    expect(hops({}, { ROLESANYWHERE_TS_POLICY: "{}" })).toEqual([]);
  });

  it("are eight at most, however they are given", () => {
    expect(hops({ "assume-role-arn": many(8) })).toHaveLength(8);
    expect(() => hops({ "assume-role-arn": many(9) })).toThrow(/9.*at most 8/);
    expect(hops({ hops: document(...many(8).map((RoleArn) => ({ RoleArn }))) })).toHaveLength(8);
    expect(() => hops({ hops: document(...many(9).map((RoleArn) => ({ RoleArn }))) })).toThrow(/9.*at most 8/);
    expect(() => hops({}, { ROLESANYWHERE_TS_ASSUME_ROLE_ARN: many(9).join(";") })).toThrow(/at most 8/);
  });

  it("have parameters for the last one", () => {
    const flags = {
      "assume-role-arn": [role("A"), role("B")],
      "assume-session-name": "me",
      "assume-duration": 900,
      "external-id": "id",
      "source-identity": "who",
      policy: ' {"Version": "2012-10-17"} ',
      "policy-arn": ["arn:p"],
      tag: ["team=data=x", "empty="],
      "transitive-tag-key": ["team"],
    };
    expect(hops(flags)).toEqual([
      { RoleArn: role("A") },
      {
        RoleArn: role("B"),
        RoleSessionName: "me",
        DurationSeconds: 900,
        ExternalId: "id",
        SourceIdentity: "who",
        Policy: '{"Version": "2012-10-17"}',
        PolicyArns: [{ arn: "arn:p" }],
        Tags: [
          { Key: "team", Value: "data=x" },
          { Key: "empty", Value: "" },
        ],
        TransitiveTagKeys: ["team"],
      },
    ]);
  });

  it.each([
    "assume-session-name",
    "external-id",
    "source-identity",
    "policy",
    "policy-arn",
    "tag",
    "transitive-tag-key",
  ])("must be named for --%s to have a meaning", (name) => {
    expect(() => hops({ [name]: "x" })).toThrow(name);
    expect(() => hops({ [name]: "x", "assume-role-arn": [] })).toThrow(name);
  });

  it("read policy and document from files", () => {
    const files = { "policy.json": '\uFEFF{"Version": "1"}', "hops.json": document({ RoleArn: role("F") }) };
    expect(hops({ "assume-role-arn": [role("A")], policy: "file://policy.json" }, {}, files)[0]?.Policy).toContain(
      "Version",
    );
    expect(hops({ hops: "file://hops.json" }, {}, files)).toEqual([{ RoleArn: role("F") }]);
    expect(() => hops({ hops: "file://absent.json" })).toThrow(/absent\.json.*ENOENT/);
  });

  it("come from the document or the flags, whichever is stronger, and not from both", () => {
    const flag = { "assume-role-arn": [role("A")] };
    const both = { ...flag, hops: document({ RoleArn: role("D") }) };
    expect(() => hops(both)).toThrow(/exclude/);
    expect(hops(flag, { ROLESANYWHERE_TS_HOPS: both.hops })).toEqual([{ RoleArn: role("A") }]);
    expect(hops({ hops: both.hops }, { ROLESANYWHERE_TS_ASSUME_ROLE_ARN: role("A") })).toEqual([
      { RoleArn: role("D") },
    ]);
  });

  it.each([
    [{ "assume-duration": 899 }, /900-3600/],
    [{ "assume-duration": 3_601 }, /900-3600/],
    [{ "external-id": "x" }, /2-1224/],
    [{ "external-id": "a b" }, /2-1224/],
    [{ "source-identity": "aws:x" }, /aws:/],
    [{ "source-identity": "x" }, /2-64/],
    [{ "assume-session-name": "a b" }, /2-64/],
    [{ tag: ["=x"] }, /key=value/],
    [{ tag: ["x"] }, /key=value/],
    [{ tag: ["a=b,c=d"] }, /expected one value/],
    [{ "transitive-tag-key": ["a,b"] }, /expected one value/],
    [{ "policy-arn": ["arn:aws:iam::aws:policy/A,arn:aws:iam::aws:policy/B"] }, /expected one value/],
    [{ tag: [`${"k".repeat(129)}=x`] }, /key=value/],
    [{ tag: [`k=${"v".repeat(257)}`] }, /key=value/],
    [{ policy: "[]" }, /policy/],
    [{ policy: "null" }, /policy/],
    [{ policy: "{" }, /JSON/],
    [{ "assume-role-arn": ["arn:aws:iam::1:user/x"] }, /ARN|arn/],
  ])("refuse %j", (flags: Flags, words) => {
    expect(() => hops({ "assume-role-arn": [role("A")], ...flags })).toThrow(words);
  });

  it("take the longest that is allowed", () => {
    const tag = `${"k".repeat(128)}=${"v".repeat(256)}`;
    expect(hops({ "assume-role-arn": [role("A")], "assume-duration": 3_600, tag: [tag] })).toHaveLength(1);
  });

  it.each([
    [[], /array/],
    [{}, /array/],
    ["text", /JSON/],
    [[5], /object/],
    [[null], /object/],
    [[[]], /object/],
    [[{}], /RoleArn/],
    [[{ RoleArn: role("A"), Other: 1 }], /Other/],
    [[{ RoleArn: role("A"), ExternalId: 5 }], /ExternalId/],
    [[{ RoleArn: role("A"), ExternalId: "x" }], /ExternalId/],
    [[{ RoleArn: role("A"), RoleSessionName: "a b" }], /RoleSessionName/],
    [[{ RoleArn: role("A"), SourceIdentity: "aws:x" }], /SourceIdentity/],
    [[{ RoleArn: role("A"), DurationSeconds: "900" }], /DurationSeconds/],
    [[{ RoleArn: role("A"), DurationSeconds: 5 }], /DurationSeconds/],
    [[{ RoleArn: role("A"), PolicyArns: ["arn:p"] }], /PolicyArns/],
    [[{ RoleArn: role("A"), PolicyArns: {} }], /PolicyArns/],
    [[{ RoleArn: role("A"), PolicyArns: [null] }], /PolicyArns/],
    [[{ RoleArn: role("A"), Tags: [{ Key: "a" }] }], /Tags/],
    [[{ RoleArn: role("A"), Tags: [{ Key: 1, Value: "b" }] }], /Tags/],
    [[{ RoleArn: role("A"), TransitiveTagKeys: [1] }], /TransitiveTagKeys/],
    [[{ RoleArn: role("A"), TransitiveTagKeys: "a" }], /TransitiveTagKeys/],
    [[{ RoleArn: role("A") }, { RoleArn: "nonsense" }], /hop 2|role 2|2/],
  ])("refuse the document %j", (value, words) => {
    expect(() => hops({ hops: value === "text" ? "{" : JSON.stringify(value) })).toThrow(words);
  });

  it("take a document with every member", () => {
    const whole = {
      RoleArn: role("A"),
      RoleSessionName: "me",
      DurationSeconds: 900,
      ExternalId: "id",
      SourceIdentity: "who",
      SerialNumber: "arn:mfa",
      TokenCode: "123456",
      Policy: "{}",
      PolicyArns: [{ arn: "arn:p" }],
      Tags: [{ Key: "a", Value: "b" }],
      TransitiveTagKeys: ["a"],
    };
    expect(hops({ hops: document(whole) })).toEqual([whole]);
  });
});
