import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PolicyDocument } from "../../src/diagnosis/trust-policy.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let emulator: Emulator;
const folder = createScratch("trust-policy");

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());

function run(more: readonly string[] = [], flags: Readonly<Record<string, string>> = {}) {
  return runCli(["trust-policy", ...emulatorFlags(emulator, flags), ...more]);
}

interface RolePolicies {
  readonly trustPolicy?: PolicyDocument;
  readonly permissionsPolicy?: PolicyDocument;
}

test("stdout is the policy alone, stderr explains each condition", async () => {
  const { stdout, stderr, status } = await run();
  expect(status).toBe(0);
  const policy = JSON.parse(stdout) as PolicyDocument;
  const [statement] = policy.Statement;
  expect(statement).toMatchObject({
    Effect: "Allow",
    Principal: { Service: "rolesanywhere.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    Condition: {
      ArnEquals: { "aws:SourceArn": emulator.state().trustAnchors[0]?.arn },
      StringEquals: {
        "aws:PrincipalTag/x509Subject/CN": "ec-client",
        "aws:PrincipalTag/x509Issuer/CN": "Emulator Issuing CA",
      },
    },
  });
  for (const key of Object.keys(statement?.Condition?.["StringEquals"] ?? {})) expect(stderr).toContain(key);
});

test("neither the private key nor the profile's ARN is needed", async () => {
  const { trustAnchors } = emulator.state();
  const words = ["--certificate", join(emulator.folder, "ec-chain.pem"), "--role-arn", roleArn(emulator, "Demo")];
  const { stdout, status } = await runCli(["trust-policy", "--trust-anchor-arn", trustAnchors[0]!.arn, ...words]);
  expect({ stdout, status }).toEqual({ stdout: (await run()).stdout, status: 0 });
  const withoutAnchor = await runCli(["trust-policy", ...words]);
  expect(withoutAnchor).toMatchObject({ stdout: "", status: 2 });
  expect(withoutAnchor.stderr).toContain("--trust-anchor-arn is missing");
});

test("with role chaining, each role gets the policies that it needs", async () => {
  const { stdout } = await run([
    "--assume-role-arn",
    roleArn(emulator, "Target"),
    "--assume-role-arn",
    roleArn(emulator, "Partner"),
    "--external-id",
    "abc",
  ]);
  const roles = JSON.parse(stdout) as Record<string, RolePolicies>;
  expect(Object.keys(roles)).toEqual(["Demo", "Target", "Partner"].map((name) => roleArn(emulator, name)));
  const partner = roles[roleArn(emulator, "Partner")]?.trustPolicy?.Statement[0];
  expect(partner?.Principal).toEqual({ AWS: roleArn(emulator, "Target") });
  expect(partner?.Condition).toEqual({
    StringEquals: { "sts:SourceIdentity": "CN=ec-client", "sts:ExternalId": "abc" },
  });
  expect(roles[roleArn(emulator, "Demo")]?.permissionsPolicy?.Statement[0]?.Resource).toBe(roleArn(emulator, "Target"));
});

test("conditions leave out names that AWS drops, and escape names that IAM would expand", async () => {
  const leaf = issueCertificate(
    keyOf("ec-p256", "odd"),
    {
      subject: [
        ["CN", "a (b)"],
        ["O", "${aws:username}"],
      ],
    },
    emulator.root,
  );
  writeFileSync(join(folder, "odd.pem"), leaf.pem + leaf.key.privateKeyPem);
  const { stdout, stderr } = await run([], {
    certificate: join(folder, "odd.pem"),
    "private-key": join(folder, "odd.pem"),
  });
  expect(Object.keys((JSON.parse(stdout) as PolicyDocument).Statement[0]?.Condition?.["StringEquals"] ?? {})).toEqual([
    "aws:PrincipalTag/x509Issuer/CN",
  ]);
  expect(stderr).toContain("no condition on x509Subject/CN");
});

test("the emulator enforces the conditions: this certificate passes, another does not", async () => {
  const { stdout } = await run();
  const condition = (JSON.parse(stdout) as PolicyDocument).Statement[0]?.Condition;
  const principalTags = Object.fromEntries(
    Object.entries(condition?.["StringEquals"] ?? {}).map(([key, value]) => [
      key.replace("aws:PrincipalTag/", ""),
      value,
    ]),
  );
  const before = emulator.state();
  emulator.updateState((state) => ({
    ...state,
    roles: state.roles.map((role) =>
      role.arn === roleArn(emulator, "Demo")
        ? {
            ...role,
            trust: { ...role.trust, principalTags, sourceArn: condition?.["ArnEquals"]?.["aws:SourceArn"] ?? "" },
          }
        : role,
    ),
  }));
  const vend = (flags: Readonly<Record<string, string>> = {}) =>
    runCli(["credential-process", ...emulatorFlags(emulator, flags)], { env: { ROLESANYWHERE_TS_CACHE: "off" } });
  const own = await vend();
  const other = await vend({
    certificate: join(emulator.folder, "rsa.pem"),
    "private-key": join(emulator.folder, "rsa-key.pem"),
    intermediates: join(emulator.folder, "intermediate.pem"),
  });
  emulator.updateState(() => before);
  expect(own).toMatchObject({ stderr: "", status: 0 });
  expect(other).toMatchObject({ stdout: "", status: 1 });
  expect(other.stderr).toContain("Unable to assume role");
});

describe.skipIf(!requireTools("policies in moto's IAM policy parser", "moto"))("moto's policy parser accepts", () => {
  test("every document", async () => {
    const plain = JSON.parse((await run()).stdout) as PolicyDocument;
    const hops = JSON.parse((await run(["--assume-role-arn", roleArn(emulator, "Target")])).stdout) as Record<
      string,
      RolePolicies
    >;
    const trust = [
      plain,
      ...Object.values(hops).flatMap(({ trustPolicy }) => (trustPolicy === undefined ? [] : [trustPolicy])),
    ];
    const permissions = Object.values(hops).flatMap(({ permissionsPolicy }) =>
      permissionsPolicy === undefined ? [] : [permissionsPolicy],
    );
    const program = [
      "import json, sys",
      "from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator",
      "given = json.load(sys.stdin)",
      "for document in given['trust']: IAMTrustPolicyDocumentValidator(json.dumps(document)).validate()",
      "for document in given['permissions']: IAMPolicyDocumentValidator(json.dumps(document)).validate()",
      "print('accepted', len(given['trust']), len(given['permissions']))",
    ].join("\n");
    const { stdout, stderr } = spawnSync("python3", ["-c", program], {
      input: JSON.stringify({ trust, permissions }),
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: "accepted 3 1\n", stderr: "" });
  });
});

describe("templates that create trust anchor, profile and role", () => {
  const bundle = () => ["--trust-anchor-bundle", join(emulator.folder, "ca.pem")];

  test("CloudFormation is JSON with all three", async () => {
    const { stdout } = await run(["--as", "cloudformation", ...bundle()]);
    const { Resources } = JSON.parse(stdout) as { Resources: Record<string, { Type: string }> };
    expect(Object.values(Resources).map(({ Type }) => Type)).toEqual([
      "AWS::RolesAnywhere::TrustAnchor",
      "AWS::IAM::Role",
      "AWS::RolesAnywhere::Profile",
    ]);
  });

  test("the AWS CLI's commands are a script that a shell can read", async () => {
    const { stdout } = await run(["--as", "aws-cli", ...bundle()]);
    expect(spawnSync("sh", ["-n"], { input: stdout, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    expect(stdout).toContain("aws rolesanywhere create-trust-anchor");
  });

  test("Terraform refers to the anchor that it makes", async () => {
    const { stdout } = await run(["--as", "terraform", ...bundle()]);
    expect(stdout).toContain("${aws_rolesanywhere_trust_anchor.this.arn}");
    expect(stdout).not.toContain("TRUST_ANCHOR_ARN");
  });

  test("need only the certificate, before any of the three exists", async () => {
    const words = ["trust-policy", "--as", "terraform", ...bundle()];
    const certificate = ["--certificate", join(emulator.folder, "ec.pem")];
    const { stdout, status } = await runCli([...words, ...certificate, "--role-arn", roleArn(emulator, "Demo")]);
    expect(status).toBe(0);
    const given = await run(["--as", "terraform", ...bundle()]);
    expect(stdout).toBe(given.stdout);
  });

  test("report that the authority's certificate is missing", async () => {
    const result = await run(["--as", "terraform"]);
    expect(result).toMatchObject({ stdout: "", status: 2 });
    expect(result.stderr).toContain("--trust-anchor-bundle");
  });
});

describe("--origin-identity", () => {
  test("adds a condition that callers cannot meet by a tag, and that the emulator enforces", async () => {
    const { stdout, stderr, status } = await run(["--origin-identity", "x509Subject/CN"]);
    expect(status).toBe(0);
    const { Condition } = (JSON.parse(stdout) as PolicyDocument).Statement[0]!;
    expect(Condition?.["StringEquals"]?.["aws:OriginIdentity/Subject"]).toBe("ec-client");
    expect(stderr).toContain('aws:OriginIdentity/Subject: "ec-client", which AWS takes from x509Subject/CN');
    const before = emulator.state();
    const set = (status: "ENABLED" | "DISABLED") =>
      emulator.updateState((state) => ({
        ...state,
        profiles: state.profiles.map((profile) => ({ ...profile, tipConfiguration: { status } })),
        roles: state.roles.map((role) => ({
          ...role,
          trust: {
            ...role.trust,
            originIdentity: { Subject: Condition?.["StringEquals"]?.["aws:OriginIdentity/Subject"] ?? "" },
          },
        })),
      }));
    const session = () => runCli(["credential-process", ...emulatorFlags(emulator)]);
    set("ENABLED");
    expect((await session()).status).toBe(0);
    set("DISABLED");
    expect((await session()).status).toBe(1);
    emulator.updateState(() => before);
  });

  test("refuses a field that the certificate lacks", async () => {
    const { stdout, stderr, status } = await run(["--origin-identity", "x509SAN/URI"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain("--origin-identity is x509SAN/URI, which the certificate lacks");
  });

  test.each([
    ["aws-cli", /--tip-configuration status=ENABLED,subjectSource=x509Subject\/CN \\\n/, ""],
    ["terraform", /^resource /, "terraform is not known to turn trusted identity propagation on"],
    ["cloudformation", /^\{/, "update-profile --profile-id PROFILE_ID --tip-configuration"],
  ])("turns it on with --as %s, or says how", async (form, output, note) => {
    const bundle = ["--trust-anchor-bundle", join(emulator.folder, "ca.pem")];
    const { stdout, stderr, status } = await run(["--origin-identity", "x509Subject/CN", "--as", form, ...bundle]);
    expect(status).toBe(0);
    expect(stdout).toMatch(output);
    expect(stderr).toContain(note);
  });
});
