import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { withRemedies } from "../../src/commands/assume-role/remedies.js";
import { ServiceError } from "../../src/errors.js";
import { startEmulatorAccount, type EmulatorAccount } from "../support/emulator-account.js";
import { runCli, programWords } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import { aRole, aSessionName } from "../support/parsed.js";

let account: EmulatorAccount;
let session: Readonly<Record<string, string>>;

beforeAll(async () => {
  account = await startEmulatorAccount();
  const { stdout } = await runCli(["credentials", ...account.flags, "--format", "json"], { env: account.variables });
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout) as Record<string, string>;
  session = {
    AWS_ACCESS_KEY_ID: AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey!,
    AWS_SESSION_TOKEN: SessionToken!,
  };
});
afterAll(() => account.stop());
beforeEach(() => account.clearRequests());

const assumeRole = (words: readonly string[], env: Readonly<Record<string, string | undefined>> = session) =>
  runCli(["assume-role", ...words], { env: { ...account.variables, AWS_EC2_METADATA_DISABLED: "true", ...env } });

describe("assume-role: where the base credentials come from", () => {
  test("the environment, and stderr says so", async () => {
    const { stdout, stderr, status } = await assumeRole([account.roleArn("Target"), "--format", "json"]);
    expect({ stderr, status }).toEqual({
      stderr: "rolesanywhere-ts: base credentials: default credential chain (environment variables)\n",
      status: 0,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      AssumedRoleArn: expect.stringMatching(/assumed-role\/Target\/rolesanywhere-ts-\d{8}T\d{6}Z-[0-9a-f]{4}$/),
      AssumedRoleId: expect.stringMatching(/^AROA.*:rolesanywhere-ts-/),
      Region: "us-east-1",
    });
  });

  test("a profile", async () => {
    const { stderr, status } = await assumeRole([account.roleArn("Target"), "--source-profile", "single"], {});
    expect(status).toBe(0);
    expect(stderr).toMatch(/base credentials: profile "single" \(profile with a credential_process\)/);
  });

  test.each([
    ["AWS_PROFILE", [], { AWS_PROFILE: "single" }],
    ["--source-profile", ["--source-profile", "single"], {}],
    ["--profile", ["--profile", "single"], {}],
  ])("%s: its services section gives the STS endpoint", async (_name, words, variables) => {
    const { stderr, status } = await assumeRole([account.roleArn("Target"), ...words], {
      AWS_ENDPOINT_URL_STS: undefined,
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
      ...variables,
    });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/profile with a credential_process/);
  });

  test("a profile that is only in the credentials file", async () => {
    const file = join(createScratch("profile"), "credentials");
    const keys = Object.entries(session).map(([name, value]) => `${name.toLowerCase()} = ${value}`);
    writeFileSync(file, ["[static]", ...keys].join("\n"));
    const { stderr, status } = await assumeRole([account.roleArn("Target"), "--source-profile", "static"], {
      AWS_SHARED_CREDENTIALS_FILE: file,
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/profile "static" \(profile with static keys\)/);
  });

  test("the certificate", async () => {
    const words = [account.roleArn("Target"), ...account.flags, "--format", "json"];
    const { stdout, stderr } = await assumeRole(words, {});
    expect(stderr).toMatch(/base credentials: certificate .*ec-chain\.pem \(--certificate\) as .*role\/Demo/);
    expect(JSON.parse(stdout).AssumedRoleArn).toMatch(/assumed-role\/Target/);
  });

  test("none: the error says how to get some", async () => {
    const { stdout, stderr, status } = await assumeRole([account.roleArn("Target")], {});
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(/error\[ERR_CREDENTIALS\]: there are no credentials \(default credential chain\)/);
    expect(stderr).toMatch(/hint: .*--certificate.*profile/);
    expect(stderr).not.toMatch(/ {4}at /);
  });
});

const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const allowAll = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

describe("assume-role: what it asks for", () => {
  test("passes all parameters to STS", async () => {
    const words = [
      [account.roleArn("Partner"), "--external-id", "example-external-id", "--session-name", "me@work"],
      [
        "--duration",
        "900",
        "--tag",
        "team=data",
        "--tag",
        "env=a=b",
        "--transitive-tag-key",
        "team",
        "--policy",
        allowAll,
      ],
      ["--policy-arn", readOnly, "--format", "json"],
    ];
    const { stdout, stderr, status } = await assumeRole(words.flat());
    expect(status, stderr).toBe(0);
    const { AssumedRoleArn, Expiration } = JSON.parse(stdout) as Record<string, string>;
    expect(AssumedRoleArn).toMatch(/assumed-role\/Partner\/me@work$/);
    const seconds = (Date.parse(Expiration!) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(880);
    expect(seconds).toBeLessThanOrEqual(900);
  });

  test.each([
    [["--duration", "899"], "--duration is 899, expected 900-43200 seconds"],
    [["--duration", "43201"], "--duration is 43201, expected 900-43200 seconds"],
    [["--duration", "7200"], "--duration is 7200, expected 900-3600 seconds: AWS limits role chaining to one hour"],
    [["--session-name", "a b"], '--session-name is "a b"'],
    [["--session-name", "x"], '--session-name is "x"'],
    [["--mfa-token", "123456"], "--mfa-token is given without --mfa-serial"],
    [["--mfa-serial", "arn:aws:iam::111122223333:mfa/me", "--mfa-token", "12345"], "--mfa-token is not six digits"],
    [["--mfa-serial", "arn:aws:iam::111122223333:mfa/me", "--mfa-token", "12345"], "leading zero"],
    [["--mfa-serial", "arn:aws:iam::111122223333:mfa/me", "--mfa-token", "1234"], "leading zero"],
    [["--mfa-serial", "arn:aws:iam::111122223333:mfa/me"], "there is no terminal to ask on"],
    [["--tag", "nothing"], '--tag is "nothing", expected key=value'],
    [["--tag", "a=b,c=d"], '--tag is "a=b,c=d", expected one value'],
    [["--transitive-tag-key", "a,b"], '--transitive-tag-key is "a,b", expected one value'],
    [["--policy-arn", `${readOnly},${readOnly}`], "expected one value"],
    [["--policy-arn", `${readOnly} ${readOnly}`], "repeat the flag"],
    [["--policy", "{"], "--policy"],
    [["--external-id", "é"], "--external-id"],
    [["--source-identity", "aws:x"], "--source-identity"],
  ])("refuses %j", async (words, message) => {
    const { stdout, stderr, status } = await assumeRole([account.roleArn("Target"), ...words]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(message);
    expect(account.count("AssumeRole")).toBe(0);
  });

  test("refuses more than an hour with a certificate, before any request", async () => {
    const { stderr, status } = await assumeRole(
      [account.roleArn("Target"), ...account.flags, "--duration", "3601"],
      {},
    );
    expect(status).toBe(2);
    expect(stderr).toMatch(/role chaining/);
    expect(account.requests()).toHaveLength(0);
  });

  test.each([
    ["a profile ARN", "arn:aws:rolesanywhere:us-east-1:111122223333:profile/x"],
    ["no ARN", "Target"],
  ])("refuses %s as the role", async (_what, arn) => {
    expect((await assumeRole([arn])).status).toBe(2);
  });

  test("refuses to run without a role", async () => {
    expect(await assumeRole([])).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("assume-role: refusals carry remedies", () => {
  test("access denied: permission, trust policy, external id, MFA, conditions", async () => {
    const { stdout, stderr, status } = await assumeRole([account.roleArn("Partner")]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    for (const remedy of [/sts:AssumeRole on/, /trust policy/, /--external-id/, /--mfa-serial/, /aws:SourceIp/]) {
      expect(stderr).toMatch(remedy);
    }
  });

  test("keys that STS does not know", async () => {
    const { stderr, status } = await assumeRole([account.roleArn("Target")], {
      ...session,
      AWS_SECRET_ACCESS_KEY: "wrong",
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/STS does not accept the credentials of the default credential chain/);
    expect(stderr).not.toContain(session["AWS_SESSION_TOKEN"]);
  });

  test("expired base credentials", () => {
    const request = {
      RoleArn: aRole("arn:aws:iam::111122223333:role/R"),
      RoleSessionName: aSessionName("me"),
      DurationSeconds: 900,
    };
    const details = { service: "sts", operation: "AssumeRole", statusCode: 403, serviceCode: "ExpiredToken" };
    const error = withRemedies(new ServiceError("ERR_ACCESS_DENIED", "refused", details), request, 'profile "x"');
    expect(error).toMatchObject({ message: "refused", hints: [/credentials of the profile "x" have expired/] });
  });
});

describe("assume-role on a terminal", () => {
  test.skipIf(!requireTools("the question for the MFA code", "python3"))(
    "asks for the MFA code without echo",
    async () => {
      const program = [
        "import os, pty, sys",
        "pid, fd = pty.fork()",
        "if pid == 0: os.execv(sys.argv[1], sys.argv[1:])",
        "seen = b''",
        "asked = False",
        "try:",
        "  while True:",
        "    seen += os.read(fd, 1000)",
        "    if not asked and b'MFA code for' in seen: asked = True; os.write(fd, b'271828\\r')",
        "except OSError: pass",
        "print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
      ].join("\n");
      const device = "arn:aws:iam::111122223333:mfa/me";
      const words = [
        ...programWords(),
        "assume-role",
        account.roleArn("Target"),
        "--mfa-serial",
        device,
        "--format",
        "json",
      ];
      const { stdout } = await runProgram("python3", ["-c", program, ...words], {
        env: { ...account.variables, ...session },
      });
      expect(stdout).toContain(`MFA code for ${device}: `);
      expect(stdout).toMatch(/assumed-role\/Target[^]* 0\n$/);
      expect(stdout).not.toContain("271828");
    },
  );
});

describe("assume-role in a shell", () => {
  test.skipIf(!requireTools("eval of assume-role in bash", "bash"))(
    "eval sets the credentials of the role in the shell",
    async () => {
      const script =
        'eval "$("$@" assume-role "$role" --format export 2>/dev/null)" && env | grep ^AWS_ | cut -c1-34 | sort';
      const { stdout, stderr } = await runProgram("bash", ["-c", script, "bash", ...programWords()], {
        env: { ...account.variables, ...session, role: account.roleArn("Target") },
      });
      expect(stderr).toBe("");
      expect(stdout).toMatch(/AWS_CREDENTIAL_EXPIRATION=20/);
      expect(stdout).not.toContain(session["AWS_ACCESS_KEY_ID"]!.slice(0, 16));
    },
  );
});
