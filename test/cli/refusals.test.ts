import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { runCli } from "../support/run-cli.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.clearFaults();
  emulator.clearRequests();
});

const roleArn = (name: string) => emulator.state().roles.find(({ arn }) => arn.endsWith(`/${name}`))!.arn;

function vend(more: readonly string[] = []) {
  const { trustAnchors, profiles } = emulator.state();
  const argv = ["credential-process", "--trust-anchor-arn", trustAnchors[0]!.arn, "--profile-arn", profiles[0]!.arn];
  const files = [
    "--certificate",
    join(emulator.folder, "ec-chain.pem"),
    "--private-key",
    join(emulator.folder, "ec-key.pem"),
  ];
  return runCli([...argv, ...files, "--role-arn", roleArn("Demo"), "--endpoint", emulator.url, ...more], {
    env: { AWS_ENDPOINT_URL_STS: emulator.url },
  });
}

interface Refusal {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
}

/** Whatever AWS answers, the user gets its code, its words and its request id, a hint, and nothing on stdout. */
function expectReport(result: Awaited<ReturnType<typeof vend>>, { statusCode, code, message }: Refusal): void {
  const requestId = emulator.requests().at(-1)?.requestId;
  const lines = result.stderr.trimEnd().split("\n");
  expect(result).toMatchObject({ stdout: "", status: 1 });
  expect(lines[0]).toMatch(/^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: /);
  expect(lines[0]).toContain(`${code}: ${message.replace(/\.$/, "")}`);
  expect(lines[0]).toContain(`HTTP ${statusCode}`);
  expect(lines[0]).toContain(`request id ${requestId}`);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.slice(1).every((line) => /^rolesanywhere-ts: hint: \S/.test(line))).toBe(true);
}

const createSession: readonly (readonly [number, string, string])[] = [
  [403, "AccessDeniedException", "Untrusted certificate. Insufficient certificate"],
  [403, "AccessDeniedException", "Untrusted certificate. Certificate has expired"],
  [403, "AccessDeniedException", "Untrusted certificate. Certificate is not yet valid"],
  [403, "AccessDeniedException", "Untrusted signing certificate"],
  [403, "AccessDeniedException", "Invalid signature"],
  [403, "AccessDeniedException", "Unable to assume role for arn:aws:iam::111122223333:role/Demo"],
  [403, "AccessDeniedException", "Not authorized to set roleSessionName"],
  [403, "AccessDeniedException", "Trust anchor is disabled"],
  [403, "AccessDeniedException", "Some reason that nobody has seen yet"],
  [403, "MissingAuthenticationTokenException", "Missing Authentication Token"],
  [403, "IncompleteSignatureException", "Unsupported algorithm"],
  [403, "UnrecognizedClientException", "The security token included in the request is invalid."],
  [400, "ValidationException", "Certificate chain is too long"],
  [400, "ValidationException", "Resources belong to different account IDs"],
  [400, "ValidationException", "Incorrect basic constraints for CA certificate"],
  [404, "ResourceNotFoundException", "Trust anchor not found"],
  [413, "RequestEntityTooLarge", "Too large"],
  [418, "NeverHeardOf", "A code of the future"],
];

const assumeRole: readonly (readonly [number, string, string])[] = [
  [403, "AccessDenied", "User: arn is not authorized to perform: sts:AssumeRole on resource: arn"],
  [403, "AccessDenied", "User: arn is not authorized to perform: sts:TagSession on resource: arn"],
  [403, "AccessDenied", "User: arn is not authorized to perform: sts:SetSourceIdentity on resource: arn"],
  [403, "ExpiredToken", "The security token included in the request is expired"],
  [403, "InvalidClientTokenId", "The security token included in the request is invalid."],
  [403, "SignatureDoesNotMatch", "The request signature we calculated does not match"],
  [403, "RegionDisabledException", "STS is not activated in this region"],
  [400, "PackedPolicyTooLarge", "Packed policy consumes 110% of the allotted space."],
  [400, "MalformedPolicyDocument", "This policy contains invalid Json"],
  [
    400,
    "ValidationError",
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
  ],
];

describe("a refusal of CreateSession", () => {
  it.each(createSession)("HTTP %d %s: %s", async (statusCode, code, message) => {
    emulator.addFaults({ kind: "error", statusCode, code, message });
    expectReport(await vend(), { statusCode, code, message });
    expect(emulator.count("CreateSession")).toBe(1);
  });
});

describe("a refusal of AssumeRole", () => {
  it.each(assumeRole)("HTTP %d %s: %s", async (statusCode, code, message) => {
    emulator.addFaults({ kind: "error", operation: "AssumeRole", statusCode, code, message });
    const result = await vend(["--assume-role-arn", roleArn("Target")]);
    expectReport(result, { statusCode, code, message });
    expect(result.stderr).toContain(roleArn("Target"));
  });
});

it("never shows a stack trace, a secret or a document when an answer is nonsense", async () => {
  const bodies = ["", "null", "[]", '"', "{}", '{"credentialSet":{}}', '{"credentialSet":[null]}', "\u0000", "<a/>"];
  for (const text of bodies) {
    emulator.clearFaults();
    emulator.addFaults({ kind: "body", text, operation: "CreateSession" });
    const { stdout, stderr, status } = await vend();
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toMatch(/^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: .*\nrolesanywhere-ts: hint: /);
    expect(stderr).not.toMatch(/^\s+at |unexpected (?:fault|error)/m);
  }
});

it.each(["", "null", "<html></html>", "<AssumeRoleResponse></AssumeRoleResponse>", "{}"])(
  "reports an AssumeRole answer of %j as the service's",
  async (text) => {
    emulator.addFaults({ kind: "body", text, operation: "AssumeRole" });
    const { stdout, stderr, status } = await vend(["--assume-role-arn", roleArn("Target")]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toMatch(
      /^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: .*chained role 1 of 1.*\n(rolesanywhere-ts: hint: .*\n)+$/,
    );
  },
);
