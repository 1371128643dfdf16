// Sessions that are scoped down, through the built program, with the emulator to enforce their policies.
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { programWords, pythonEnvironment, runCli } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import { send } from "../support/x509-signer.js";

let emulator: Emulator;
const folder = createScratch("scoped-sessions");

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.clearFaults();
  emulator.clearRequests();
});

const variables = () => ({
  AWS_ENDPOINT_URL_STS: emulator.url,
  ROLESANYWHERE_TS_CACHE: "off",
});

function run(
  command: string,
  more: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<CliResult> {
  return runCli([command, ...emulatorFlags(emulator), ...more], { env: { ...variables(), ...env } });
}

interface Document {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
}

async function vend(...more: readonly string[]): Promise<Document> {
  const { stdout, stderr, status } = await run("credential-process", more);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return JSON.parse(stdout) as Document;
}

/** Whether the emulator lets the session do this. */
async function verdictOf(
  { SessionToken: sessionToken }: Document,
  action: string,
  resource: string,
  context: Readonly<Record<string, string>> = {},
): Promise<string> {
  const body = JSON.stringify({ sessionToken, action, resource, context });
  const { json } = await send(emulator.url, { method: "POST", path: "/_emulator/authorize", body });
  return json.allowed === true ? "allowed" : "refused";
}

const regional = (service: string, resource: string) => `arn:aws:${service}:us-east-1:111122223333:${resource}`;
const bucket = (key: string) => `arn:aws:s3:::${key}`;
const prefix = (value: string) => ({ "s3:prefix": value });

type Call = readonly [
  action: string,
  resource: string,
  verdict: "allowed" | "refused",
  context?: Readonly<Record<string, string>>,
];

const table: readonly (readonly [scopes: readonly string[], calls: readonly Call[]])[] = [
  [
    ["s3-read=reports/2026"],
    [
      ["s3:GetObject", bucket("reports/2026/11/a.csv"), "allowed"],
      ["s3:GetObject", bucket("reports/2026"), "allowed"],
      ["s3:GetObject", bucket("reports/2026-drafts/a.csv"), "refused"],
      ["s3:GetObject", bucket("reports/2025/a.csv"), "refused"],
      ["s3:GetObject", bucket("others/2026/a.csv"), "refused"],
      ["s3:PutObject", bucket("reports/2026/a.csv"), "refused"],
      ["s3:DeleteObject", bucket("reports/2026/a.csv"), "refused"],
      ["s3:ListBucket", bucket("reports"), "allowed", prefix("2026/")],
      ["s3:ListBucket", bucket("reports"), "refused", prefix("2025/")],
      ["s3:ListBucket", bucket("reports"), "refused"],
    ],
  ],
  [
    ["s3-read=reports"],
    [
      ["s3:GetObject", bucket("reports/any/key"), "allowed"],
      ["s3:ListBucket", bucket("reports"), "allowed"],
      ["s3:ListBucket", bucket("others"), "refused"],
    ],
  ],
  [
    ["s3-write=uploads/in/"],
    [
      ["s3:PutObject", bucket("uploads/in/a"), "allowed"],
      ["s3:PutObject", bucket("uploads/in"), "refused"],
      ["s3:GetObject", bucket("uploads/in/a"), "refused"],
    ],
  ],
  [
    ["dynamodb-read=orders", "sqs-send=jobs"],
    [
      ["dynamodb:Scan", regional("dynamodb", "table/orders"), "allowed"],
      ["dynamodb:Query", regional("dynamodb", "table/orders/index/by-day"), "allowed"],
      ["dynamodb:PutItem", regional("dynamodb", "table/orders"), "refused"],
      ["dynamodb:Scan", regional("dynamodb", "table/orders2"), "refused"],
      ["sqs:SendMessage", regional("sqs", "jobs"), "allowed"],
      ["sqs:ReceiveMessage", regional("sqs", "jobs"), "refused"],
    ],
  ],
  [
    ["ecr-pull=team/app"],
    [
      ["ecr:GetAuthorizationToken", "*", "allowed"],
      ["ecr:BatchGetImage", regional("ecr", "repository/team/app"), "allowed"],
      ["ecr:BatchGetImage", regional("ecr", "repository/team/other"), "refused"],
      ["ecr:PutImage", regional("ecr", "repository/team/app"), "refused"],
    ],
  ],
  [
    ["secrets-read=db/main", "ssm-read=/app", "logs-write=/app/web"],
    [
      ["secretsmanager:GetSecretValue", regional("secretsmanager", "secret:db/main-AbC123"), "allowed"],
      ["secretsmanager:GetSecretValue", regional("secretsmanager", "secret:db/main-backup-AbC123"), "refused"],
      ["ssm:GetParameter", regional("ssm", "parameter/app/url"), "allowed"],
      ["logs:PutLogEvents", regional("logs", "log-group:/app/web:log-stream:1"), "allowed"],
    ],
  ],
];

describe("ready-made scopes", () => {
  it("allow and refuse 30 calls", async () => {
    expect(table.flatMap(([, calls]) => calls)).toHaveLength(30);
    for (const [scopes, calls] of table) {
      const session = await vend(...scopes.flatMap((scope) => ["--scope", scope]));
      for (const [action, resource, expected, context] of calls) {
        const verdict = await verdictOf(session, action, resource, context);
        expect([scopes.join(), action, resource, context, verdict]).toEqual([
          scopes.join(),
          action,
          resource,
          context,
          expected,
        ]);
      }
    }
  });
});

interface Parameters {
  readonly Policy?: string;
  readonly DurationSeconds?: number;
  readonly ScopedSessionDescription?: string;
}

const policy = (...actions: readonly string[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] });

describe("a scope policy", () => {
  it("limits the session, as JSON or in a file, from a flag, a variable or a profile", async () => {
    const text = policy("s3:GetObject");
    const file = join(folder, "policy.json");
    writeFileSync(file, text);
    const config = join(folder, "config");
    writeFileSync(config, `[profile p]\nrolesanywhere_scope_policy = file://${file}\n`);
    const ways = [
      await run("credential-process", ["--scope-policy", text]),
      await run("credential-process", ["--scope-policy", `file://${file}`]),
      await run("credential-process", [], { ROLESANYWHERE_TS_SCOPE_POLICY: text }),
      await run("credential-process", ["--settings-profile", "p"], { AWS_CONFIG_FILE: config }),
    ];
    for (const { stdout, stderr, status } of ways) {
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      const session = JSON.parse(stdout) as Document;
      expect(await verdictOf(session, "s3:GetObject", bucket("b/k"))).toBe("allowed");
      expect(await verdictOf(session, "s3:PutObject", bucket("b/k"))).toBe("refused");
    }
    expect(emulator.count("GetScopedCredentials")).toBe(4);
  });

  it("may be three, of which the session may do what all allow, and a fourth is refused here", async () => {
    const layers = (...texts: readonly string[]) => `[${texts.join()}]`;
    const session = await vend(
      "--scope-policy",
      layers(policy("s3:*", "sts:*"), policy("s3:Get*", "s3:List*", "sts:*"), policy("s3:GetObject", "s3:PutObject")),
    );
    expect(emulator.count("GetScopedCredentials")).toBe(3);
    expect(await verdictOf(session, "s3:GetObject", bucket("b/k"))).toBe("allowed");
    expect(await verdictOf(session, "s3:PutObject", bucket("b/k"))).toBe("refused");
    expect(await verdictOf(session, "s3:ListBucket", bucket("b"))).toBe("refused");
    emulator.clearRequests();
    const four = await run("credential-process", [
      "--scope-policy",
      layers(...Array.from({ length: 4 }, () => policy("*"))),
    ]);
    expect(four).toMatchObject({ stdout: "", status: 2 });
    expect(four.stderr).toContain("error[ERR_SETTING]: --scope-policy has 4 policies, expected 1-3");
    expect(emulator.count("CreateSession")).toBe(0);
  });

  it("comes after role chaining", async () => {
    const target = roleArn(emulator, "Target");
    const { stdout, stderr, status } = await run("credentials", [
      "--assume-role-arn",
      target,
      "--scope",
      "dynamodb-read=orders",
      "--format",
      "json",
    ]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(emulator.requests().map(({ operation }) => operation)).toEqual([
      "CreateSession",
      "AssumeRole",
      "GetScopedCredentials",
    ]);
    const session = { SessionToken: JSON.parse(stdout).SessionToken as string } as Document;
    expect(await verdictOf(session, "dynamodb:GetItem", regional("dynamodb", "table/orders"))).toBe("allowed");
  });

  it.each([
    [["--scope", "s3-reed=b"], '--scope is "s3-reed=b", which names no ready-made scope'],
    [["--scope", "s3-read"], '--scope is "s3-read", expected s3-read=BUCKET[/PREFIX]'],
    [["--scope", "s3-read=b/${aws:username}"], "expected s3-read=BUCKET[/PREFIX]"],
    [["--scope", "s3-read=a,s3-read=b"], "hint: repeat --scope for several"],
    [["--scope", "dynamodb-read=s3://b"], "expected dynamodb-read=TABLE"],
    [["--scope", "dynamodb-read=arn:aws:s3:::b"], "whose ARN is of s3, not of dynamodb"],
    [["--scope", "ecr-pull", "--scope-policy", "{}"], "--scope and --scope-policy exclude each other"],
    [["--scope-policy", "{"], "--scope-policy is not valid JSON"],
    [["--scope-policy", '"s3:*"'], "--scope-policy is not a policy document"],
    [["--scope-policy", `{"Id":"${"x".repeat(2048)}"}`], "has 2057 characters, expected at most 2048"],
    [["--scope-policy", '{"Id":"\u20ac"}'], "has the character U+20AC, expected those up to U+00FF"],
    [["--scope-duration", "0"], "--scope-duration is 0, expected 1-129600 seconds"],
    [["--scope-duration", "129601"], "--scope-duration is 129601, expected 1-129600 seconds"],
    [["--scope-duration", "60", "--scope-description", "x"], "--scope-description is not 2-256 characters"],
    [["--scope-description", "nightly"], "--scope-description describes no scope"],
  ])("%j is refused before AWS is asked", async (more, says) => {
    const { stdout, stderr, status } = await run("credential-process", more);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(says);
    expect(stderr).toContain("hint: ");
    expect(emulator.requests()).toEqual([]);
  });

  it("is not asked for at the global endpoint", async () => {
    const { stderr, status } = await run("credential-process", ["--scope-duration", "60"], {
      AWS_ENDPOINT_URL_STS: "https://sts.amazonaws.com",
    });
    expect(status).toBe(2);
    expect(stderr).toContain("AWS_ENDPOINT_URL_STS is the global endpoint of STS");
    expect(emulator.requests()).toEqual([]);
  });
});

describe("the end of a scoped session", () => {
  const secondsOf = ({ Expiration }: Document) => (Date.parse(Expiration) - Date.now()) / 1000;

  it("is that of the scope, or of the session before it if that is sooner", async () => {
    expect(secondsOf(await vend("--scope-duration", "300"))).toBeLessThanOrEqual(300);
    expect(secondsOf(await vend("--scope-duration", "300"))).toBeGreaterThan(240);
    const inherited = secondsOf(await vend("--scope", "ecr-pull", "--session-duration", "900"));
    expect(inherited).toBeLessThanOrEqual(900);
    expect(inherited).toBeGreaterThan(840);
    const long = secondsOf(await vend("--scope", "ecr-pull", "--scope-duration", "7200", "--session-duration", "900"));
    expect(long).toBeLessThanOrEqual(900);
    emulator.clearRequests();
    await vend("--scope-duration", "7200");
    expect(emulator.count("GetScopedCredentials")).toBe(0);
  });
});

/** The words that run the program once more, inside of itself. */
const again = (command: string, ...more: readonly string[]) => [...programWords(), command, ...more];
const layer = (scope: string) => ["--scope", "rescope", "--scope", scope];

describe("credentials from elsewhere", () => {
  const place = { AWS_REGION: "us-east-1" };

  it("are scoped down too, three policies deep, and a fourth is refused", async () => {
    const script = "process.stdout.write(process.env.AWS_SESSION_TOKEN)";
    const node = [process.execPath, "-e", script];
    const third = (...last: readonly string[]) => [
      ...layer("s3-read=data"),
      "--",
      ...again("exec", ...layer("s3-read=data/a"), "--"),
      ...again("exec", ...layer("s3-read=data/a/b"), "--"),
      ...last,
    ];
    const { stdout, stderr, status } = await run("exec", third(...node), place);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const session = { SessionToken: stdout } as Document;
    expect(await verdictOf(session, "s3:GetObject", bucket("data/a/b/c"))).toBe("allowed");
    expect(await verdictOf(session, "s3:GetObject", bucket("data/a/c"))).toBe("refused");
    expect(emulator.count("CreateSession")).toBe(1);
    const fourth = await run("exec", third(...again("exec", ...layer("s3-read=data/a/b/c"), "--"), ...node), place);
    expect(fourth.status).toBe(1);
    expect(fourth.stderr).toContain("GetScopedCredentials was refused: AccessDenied: A session can have at most 3");
    const shorter = await run("exec", third(...again("exec", "--scope-duration", "60", "--"), ...node), place);
    expect({ stderr: shorter.stderr, status: shorter.status }).toEqual({ stderr: "", status: 0 });
  });

  it("have their account from STS when a scope needs it", async () => {
    const script = "process.stdout.write(process.env.AWS_SESSION_TOKEN)";
    const inner = again("exec", "--scope", "sqs-send=jobs", "--", process.execPath, "-e", script);
    const { stdout, stderr, status } = await run("exec", ["--", ...inner], place);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const session = { SessionToken: stdout } as Document;
    expect(await verdictOf(session, "sqs:SendMessage", regional("sqs", "jobs"))).toBe("allowed");
    expect(emulator.requests().map(({ operation }) => operation)).toEqual([
      "CreateSession",
      "GetCallerIdentity",
      "GetScopedCredentials",
    ]);
  });

  it("are limited by the variable as well, so that nothing escapes it unseen", async () => {
    const script = "process.stdout.write(process.env.AWS_SESSION_TOKEN)";
    const env = { ...place, ROLESANYWHERE_TS_SCOPE: "s3-read=data" };
    const first = await run("exec", ["--", process.execPath, "-p", "JSON.stringify(process.env)"], place);
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = JSON.parse(first.stdout);
    const { stdout, stderr, status } = await runCli(["exec", "--", process.execPath, "-e", script], {
      env: { ...variables(), ...env, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN },
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(await verdictOf({ SessionToken: stdout } as Document, "s3:PutObject", bucket("data/a"))).toBe("refused");
  });

  it("without an end cannot be scoped down", async () => {
    const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
    const { stderr, status } = await runCli(["exec", "--scope", "s3-read=data", "--", "true"], {
      env: { ...variables(), ...place, ...keys },
    });
    expect(status).toBe(2);
    expect(stderr).toContain("only temporary credentials can be scoped down");
    expect(emulator.requests()).toEqual([]);
  });
});

describe("assume-role", () => {
  it.each([
    ["a flag", ["--scope", "dynamodb-read=orders", "--scope-duration", "120"], {}],
    ["a variable", [], { ROLESANYWHERE_TS_SCOPE: "dynamodb-read=orders", ROLESANYWHERE_TS_SCOPE_DURATION: "120" }],
  ])("scopes the session of the role down by %s, not the one before it", async (_, more, env) => {
    const words = ["assume-role", roleArn(emulator, "Target"), ...emulatorFlags(emulator), "--format", "json", ...more];
    const { stdout, status } = await runCli(words, { env: { ...variables(), ...env } });
    expect(status).toBe(0);
    expect(emulator.requests().map(({ operation }) => operation)).toEqual([
      "CreateSession",
      "AssumeRole",
      "GetScopedCredentials",
    ]);
    const { SessionToken, Expiration, AssumedRoleArn } = JSON.parse(stdout) as Document & { AssumedRoleArn: string };
    expect(AssumedRoleArn).toContain(":assumed-role/Target/");
    expect((Date.parse(Expiration) - Date.now()) / 1000).toBeLessThanOrEqual(120);
    const session = { SessionToken } as Document;
    expect(await verdictOf(session, "dynamodb:Scan", regional("dynamodb", "table/orders"))).toBe("allowed");
    expect(await verdictOf(session, "dynamodb:Scan", regional("dynamodb", "table/other"))).toBe("refused");
  });

  it("refuses a scope that is wrong before it assumes the role", async () => {
    const words = ["assume-role", roleArn(emulator, "Target"), ...emulatorFlags(emulator), "--scope", "s3-reed=x"];
    const { stderr, status } = await runCli(words, { env: variables() });
    expect(status).toBe(2);
    expect(stderr).toContain("names no ready-made scope");
    expect(emulator.count("AssumeRole")).toBe(0);
  });
});

describe("a call that fails", () => {
  const operation = "GetScopedCredentials";

  it.each([
    ["throttling", { statusCode: 400, code: "Throttling" }],
    ["a fault of the service", { statusCode: 500, code: "InternalFailure" }],
  ])("is repeated after %s", async (_, fault) => {
    emulator.addFaults({ operation, kind: "error", ...fault, times: 1 });
    await vend("--scope", "ecr-pull");
    expect(emulator.count(operation)).toBe(2);
  });

  it("is repeated with the time of STS when this machine's clock is off", async () => {
    emulator.addFaults({ operation, kind: "clock", seconds: 1200 });
    await vend("--scope", "ecr-pull");
    expect(emulator.count(operation)).toBe(2);
  });

  it("ends with the session when the clock promised more time than STS knows of", async () => {
    emulator.addFaults({
      operation,
      kind: "error",
      statusCode: 400,
      code: "InsufficientSessionLifetime",
      message: "The requested DurationSeconds exceeds the remaining lifetime of the calling session.",
      times: 1,
    });
    const { Expiration } = await vend("--scope", "ecr-pull", "--scope-duration", "900");
    expect((Date.parse(Expiration) - Date.now()) / 1000).toBeGreaterThan(3000);
  });

  it.each([
    [{ statusCode: 400, code: "PackedPolicyTooLarge" }, 1, "ERR_SERVICE", "shorten the policy"],
    [{ statusCode: 400, code: "InvalidSubjectCredentials" }, 1, "ERR_SERVICE", "only temporary credentials"],
    [{ statusCode: 400, code: "InvalidAction" }, 1, "ERR_SERVICE", "does not know GetScopedCredentials"],
    [{ statusCode: 403, code: "InvalidClientTokenId" }, 1, "ERR_ACCESS_DENIED", "STS of this region does not know"],
  ])("for good, with %j, says what to do", async (fault, status, code, hint) => {
    emulator.addFaults({ operation, kind: "error", ...fault });
    const result = await run("credential-process", ["--scope", "ecr-pull"]);
    expect({ stdout: result.stdout, status: result.status }).toEqual({ stdout: "", status });
    expect(result.stderr).toContain(`error[${code}]: GetScopedCredentials was refused: ${fault.code}`);
    expect(result.stderr).toContain(hint);
    expect(emulator.count(operation)).toBe(1);
  });

  it.each([
    ["<html>", "lacks AccessKeyId"],
    [
      "<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><SessionToken>c</SessionToken><Expiration>soon</Expiration>",
      "has a malformed Expiration",
    ],
    ["<AccessKeyId>canary one</AccessKeyId>", "has a malformed AccessKeyId"],
  ])("to be understood, with %s, is named without its secrets", async (text, says) => {
    emulator.addFaults({ operation, kind: "body", text });
    const { stdout, stderr, status } = await run("credential-process", ["--scope", "ecr-pull"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toContain(`error[ERR_SERVICE_RESPONSE]: the answer of GetScopedCredentials ${says}`);
    expect(stderr).not.toContain("canary");
  });
});

describe("a refusal", () => {
  it("names the permission, and the operation", async () => {
    const { roles } = emulator.state();
    emulator.updateState((state) => ({
      ...state,
      roles: state.roles.map((role) => ({
        ...role,
        policy: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Deny", Action: "sts:GetScopedCredentials", Resource: "*" }],
        },
      })),
    }));
    try {
      const { stdout, stderr, status } = await run("credential-process", ["--scope", "ecr-pull"]);
      expect(stdout).toBe("");
      expect(status).toBe(1);
      expect(stderr).toMatch(/error\[ERR_ACCESS_DENIED\]: GetScopedCredentials was refused: AccessDenied: User: /);
      expect(stderr).toMatch(/hint: .*sts:GetScopedCredentials/);
    } finally {
      emulator.updateState((state) => ({ ...state, roles }));
    }
  });
});

describe.skipIf(!requireTools("GetScopedCredentials as botocore 1.44.8 sends it", "botocore-1.44"))(
  "the request",
  () => {
    let recorder: Server;
    const bodies: string[] = [];
    beforeAll(async () => {
      recorder = createServer((request, response) => {
        let body = "";
        request.setEncoding("utf8");
        request.on("data", (chunk: string) => (body += chunk));
        request.on("end", () => {
          bodies.push(`${request.method} ${request.url} ${request.headers["content-type"] ?? ""}\n${body}`);
          response.writeHead(200, { "content-type": "text/xml" }).end(answer);
        });
      });
      await new Promise<void>((resolve) => recorder.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => new Promise((resolve) => recorder.close(resolve)));
    const answer = `<GetScopedCredentialsResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetScopedCredentialsResult><Credentials><AccessKeyId>ASIAEXAMPLEEXAMPLE11</AccessKeyId><SecretAccessKey>a/b+c&amp;d</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><SessionInfo><ScopedSessionId>AROAX:s</ScopedSessionId><Arn>arn:aws:sts::111122223333:assumed-role/Demo/s</Arn></SessionInfo><ScopedPoliciesCount>1</ScopedPoliciesCount></GetScopedCredentialsResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetScopedCredentialsResponse>`;

    const parametersOf = (recorded: string | undefined) => {
      const [line, body = ""] = recorded?.split("\n") ?? [];
      return [line, Object.fromEntries(new URLSearchParams(body))];
    };

    it.each([
      [
        {
          Policy: policy("s3:Get*", "s3:List*"),
          DurationSeconds: 300,
          ScopedSessionDescription: "nightly job: 50% + x & y",
        },
      ],
      [{ Policy: '{\n  "Version": "2012-10-17",\n  "Statement": []\n}' }],
      [{ DurationSeconds: 1 }],
    ])("has the parameters that botocore sends for %j", async (parameters) => {
      const endpoint = `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`;
      bodies.length = 0;
      const { Policy, DurationSeconds, ScopedSessionDescription }: Parameters = parameters;
      const more = Object.entries({
        "--scope-policy": Policy,
        "--scope-duration": DurationSeconds,
        "--scope-description": ScopedSessionDescription,
      }).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
      const { stdout, stderr, status } = await run("credential-process", more, { AWS_ENDPOINT_URL_STS: endpoint });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(JSON.parse(stdout)).toMatchObject({
        AccessKeyId: "ASIAEXAMPLEEXAMPLE11",
        SecretAccessKey: "a/b+c&d",
        Expiration: "2099-01-01T00:00:00Z",
      });
      const credentials = { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" };
      const stdin = JSON.stringify([{ credentials, operation: "get_scoped_credentials", parameters, endpoint }]);
      const env = { ...pythonEnvironment(), ROLESANYWHERE_TS_BOTOCORE: process.env["ROLESANYWHERE_TS_BOTOCORE"] };
      const file = fileURLToPath(new URL("../support/botocore-calls.py", import.meta.url));
      const python = await runProgram("python3", [file], { env, stdin });
      expect(python.status, python.stderr).toBe(0);
      expect(bodies).toHaveLength(2);
      expect(parametersOf(bodies[0])).toEqual(parametersOf(bodies[1]));
    });
  },
);
