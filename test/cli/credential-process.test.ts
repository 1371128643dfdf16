import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, profileArn, roleArn } from "../support/emulator-flags.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { cleanEnvironment, runCli, programWords } from "../support/run-cli.js";
import type { CliResult } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

let emulator: Emulator;
const folder = createScratch("credential-process");
const noCache = { ROLESANYWHERE_TS_CACHE: "off" };

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.clearFaults();
  emulator.clearRequests();
});

interface Vend {
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly more?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

function vend({ flags = {}, more = [], env = {} }: Vend = {}): Promise<CliResult> {
  const { AWS_ENDPOINT_URL_STS } = emulator.variables;
  return runCli(["credential-process", ...emulatorFlags(emulator, flags), ...more], {
    env: { AWS_ENDPOINT_URL_STS, ...noCache, ...env },
  });
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

describe("the document", () => {
  test("is one line of JSON in the official order, without a line end, and stderr stays silent", async () => {
    const { stdout, stderr, status } = await vend();
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(
      /^\{"Version":1,"AccessKeyId":"ASIA[A-Z2-7]{16}","SecretAccessKey":"[^"]{40}","SessionToken":"[^"]+","Expiration":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$/,
    );
  });

  test.skipIf(!requireTools("the line end on a terminal", "python3"))(
    "ends with a line end on a terminal",
    async () => {
      const program = [
        "import os, pty, sys",
        "out = bytearray()",
        "def read(fd):",
        "    data = os.read(fd, 65536)",
        "    out.extend(data)",
        "    return b''",
        "pty.spawn(sys.argv[1:], read)",
        "sys.stdout.buffer.write(out)",
      ].join("\n");
      const words = [...programWords(), "credential-process", ...emulatorFlags(emulator)];
      const running = promisify(execFile)("python3", ["-c", program, ...words], {
        env: cleanEnvironment(noCache),
        encoding: "utf8",
      });
      running.child.stdin?.end();
      const { stdout } = await running;
      expect(stdout).toMatch(/^\{"Version":1.*\}\r?\n$/);
    },
  );

  test("says when the session really ends, whatever was asked for", async () => {
    const { stdout } = await vend({ flags: { "session-duration": "43200" } });
    const { Expiration } = JSON.parse(stdout) as { Expiration: string };
    const leftSeconds = (Date.parse(Expiration) - Date.now()) / 1000;
    expect(leftSeconds).toBeGreaterThan(3_500);
    expect(leftSeconds).toBeLessThanOrEqual(3_600);
  });
});

describe("keys", () => {
  const kinds: readonly KeyKind[] = ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521"];
  test.each(kinds.flatMap((kind) => [[kind, "with a chain"] as const, [kind, "without a chain"] as const]))(
    "%s %s",
    async (kind, how) => {
      const chained = how === "with a chain";
      const leaf = issueCertificate(
        keyOf(kind, "leaf"),
        { subject: [["CN", kind]] },
        chained ? emulator.intermediate : emulator.root,
      );
      const certificate = write(
        `${kind}.pem`,
        chained ? leaf.pem + emulator.intermediate.pem + emulator.root.pem : leaf.pem,
      );
      const privateKey = write(`${kind}.key`, leaf.key.privateKeyPem);
      const result = await vend({ flags: { certificate, "private-key": privateKey } });
      expect(result).toMatchObject({ stderr: "", status: 0 });
    },
  );

  test("certificate and key may share one file, the key first", async () => {
    const leaf = issueCertificate(keyOf("ec-p256", "one file"), {}, emulator.root);
    const certificate = write("one.pem", `a comment\n${leaf.key.privateKeyPem}\r\n${leaf.pem}`);
    expect(await vend({ flags: { certificate, "private-key": undefined } })).toMatchObject({ stderr: "", status: 0 });
  });

  test("a serial number of any size is sent in decimal", async () => {
    for (const serial of [1n, 2n ** 63n, 2n ** 159n - 1n]) {
      const leaf = issueCertificate(keyOf("ec-p256", "serial"), { serial }, emulator.root);
      const certificate = write("serial.pem", leaf.pem + leaf.key.privateKeyPem);
      expect(await vend({ flags: { certificate, "private-key": undefined } })).toMatchObject({ stderr: "", status: 0 });
    }
  });

  test("intermediates in the wrong order, with leaf, root, repeats and strangers, become the right chain", async () => {
    const lower = createAuthority(keyOf("ec-p256", "lower"), { subject: [["CN", "Lower"]] }, emulator.root);
    const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, lower);
    const stranger = createAuthority(keyOf("ec-p256", "stranger"), { subject: [["CN", "Stranger"]] });
    const intermediates = write(
      "all.pem",
      [emulator.root, stranger, lower, leaf, lower].map(({ pem }) => pem).join("# words\n"),
    );
    const certificate = write("leaf.pem", leaf.pem + leaf.key.privateKeyPem);
    expect(await vend({ flags: { certificate, "private-key": undefined, intermediates } })).toMatchObject({
      stderr: "",
      status: 0,
    });
  });

  test.each([
    ["an empty file", () => write("empty.pem", "")],
    ["/dev/null", () => "/dev/null"],
  ])("%s as --intermediates holds none", async (_, intermediates) => {
    expect(await vend({ flags: { intermediates: intermediates() } })).toMatchObject({ stderr: "", status: 0 });
  });

  test("of six intermediates five are sent, and the refusal says so", async () => {
    const authorities = [emulator.root];
    for (let level = 1; level <= 6; level++) {
      authorities.push(
        createAuthority(
          keyOf("ec-p256", `level ${level}`),
          { subject: [["CN", `Level ${level}`]] },
          authorities.at(-1),
        ),
      );
    }
    const leaf = issueCertificate(keyOf("ec-p256", "deep"), {}, authorities.at(-1));
    const certificate = write(
      "deep.pem",
      [leaf, ...authorities].map(({ pem }) => pem).join("") + leaf.key.privateKeyPem,
    );
    const { stdout, stderr, status } = await vend({ flags: { certificate, "private-key": undefined } });
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toContain("hint: only 5 of 6 intermediates are sent");
    expect(emulator.count("CreateSession")).toBe(1);
  });
});

describe("settings", () => {
  test("flag beats environment beats profile beats default, each remembered by its origin", async () => {
    const config = write(
      "config",
      "[profile here]\nrolesanywhere_session_duration = 1800\nrolesanywhere_role_session_name = from-profile\nrolesanywhere_region = us-east-1\n",
    );
    const env = { AWS_CONFIG_FILE: config, ROLESANYWHERE_TS_SESSION_DURATION: "2700" };
    const trace = async (more: readonly string[], variables: Readonly<Record<string, string>>) =>
      (await vend({ more: ["--debug", ...more], env: variables })).stderr;
    expect(await trace([], {})).toContain("setting session-duration = 3600 (default)");
    const profile = ["--settings-profile", "here"];
    expect(await trace(profile, { AWS_CONFIG_FILE: config })).toContain(
      `setting session-duration = 1800 (rolesanywhere_session_duration of profile "here" in ${config})`,
    );
    expect(await trace(profile, env)).toContain("setting session-duration = 2700 (ROLESANYWHERE_TS_SESSION_DURATION)");
    expect(await trace([...profile, "--session-duration=900"], env)).toContain(
      "setting session-duration = 900 (--session-duration)",
    );
    expect(await trace(["--profile", "here"], { AWS_CONFIG_FILE: config })).toContain('of profile "here"');
  });

  test("AWS_PROFILE belongs to the caller and is not consulted", async () => {
    const result = await vend({ env: { AWS_PROFILE: "does-not-exist", AWS_CONFIG_FILE: join(folder, "nowhere") } });
    expect(result).toMatchObject({ stderr: "", status: 0 });
  });

  test.each([
    [
      "AWS_ENDPOINT_URL_ROLESANYWHERE",
      (url: string) => ({ AWS_ENDPOINT_URL_ROLESANYWHERE: url, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }),
    ],
    ["AWS_ENDPOINT_URL", (url: string) => ({ AWS_ENDPOINT_URL: url })],
    [
      "a services section before AWS_ENDPOINT_URL",
      (url: string) => ({
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
        AWS_CONFIG_FILE: write(
          "services",
          `[default]\nservices = local\n[services local]\nrolesanywhere =\n  endpoint_url = ${url}\n`,
        ),
      }),
    ],
  ])("the endpoint may come from %s", async (_, env) => {
    expect(await vend({ flags: { endpoint: undefined }, env: env(emulator.url) })).toMatchObject({
      stderr: "",
      status: 0,
    });
  });

  test("the flag beats AWS_ENDPOINT_URL_ROLESANYWHERE", async () => {
    expect(await vend({ env: { AWS_ENDPOINT_URL_ROLESANYWHERE: "http://127.0.0.1:1" } })).toMatchObject({ status: 0 });
  });

  test("~ stands for the home folder, and nothing else is expanded", async () => {
    const flags = { certificate: "~/ec-chain.pem", "private-key": "~/ec-key.pem" };
    expect(await vend({ flags, env: { HOME: emulator.folder } })).toMatchObject({ stderr: "", status: 0 });
  });

  test("a malformed config file that nobody named is no reason to fail", async () => {
    const config = write("broken", "\u0000[[[\nno section = here\n");
    expect(await vend({ env: { AWS_CONFIG_FILE: config } })).toMatchObject({ stderr: "", status: 0 });
  });
});

describe("disturbances", () => {
  test.each([
    ["throttling as HTTP 400, twice", [{ kind: "error", statusCode: 400, code: "ThrottlingException", times: 2 }], 3],
    ["a 503", [{ kind: "error", statusCode: 503, code: "ServiceUnavailable", times: 1 }], 2],
    ["a dropped connection", [{ kind: "drop", times: 1 }], 2],
    ["an answer cut short", [{ kind: "truncate", times: 1 }], 2],
    ["status 200 in place of 201", [{ kind: "status", statusCode: 200 }], 1],
    ["a server clock ten minutes ahead", [{ kind: "clock", seconds: 600 }], 2],
    ["a server clock ten minutes behind", [{ kind: "clock", seconds: -600 }], 2],
  ] as const)("survives %s", async (_, faults, calls) => {
    emulator.addFaults(...faults);
    expect(await vend()).toMatchObject({ stderr: "", status: 0 });
    expect(emulator.count("CreateSession")).toBe(calls);
  });

  test("Retry-After is honoured", async () => {
    emulator.addFaults({
      kind: "error",
      statusCode: 429,
      code: "TooManyRequestsException",
      retryAfterSeconds: 1,
      times: 1,
    });
    const { stderr, status } = await vend({ more: ["--debug"] });
    expect(status).toBe(0);
    const asked = /trying again in (\d+) ms/.exec(stderr)?.[1];
    expect(Number(asked)).toBeGreaterThanOrEqual(1_000);
  });

  test.each([
    [
      "a lasting throttle",
      { kind: "error", statusCode: 400, code: "ThrottlingException", message: "Rate exceeded" },
      3,
      1,
      /ThrottlingException: Rate exceeded \(HTTP 400, request id [\w-]+\)/,
      /ten calls a second/,
    ],
    [
      "a lasting 500",
      { kind: "error", statusCode: 500, code: "InternalFailure", message: "oops" },
      3,
      1,
      /InternalFailure: oops/,
      /fault of its own/,
    ],
    ["a connection that always drops", { kind: "drop" }, 3, 4, /the connection was dropped/, /proxy/],
    [
      "an answer without a session token",
      { kind: "omit", member: "credentialSet.0.credentials.sessionToken" },
      1,
      1,
      /lacks sessionToken/,
      /endpoint/,
    ],
    [
      "an answer without credentials",
      { kind: "omit", member: "credentialSet" },
      1,
      1,
      /credentialSet is empty/,
      /endpoint/,
    ],
    ["an answer that is no JSON", { kind: "body", text: "<html>login</html>" }, 1, 1, /not a JSON object/, /proxy/],
  ] as const)("reports %s", async (_, fault, calls, status, says, hint) => {
    emulator.addFaults(fault);
    const result = await vend();
    expect(result).toMatchObject({ stdout: "", status });
    expect(result.stderr).toMatch(says);
    expect(result.stderr).toMatch(hint);
    expect(emulator.count("CreateSession")).toBe(calls);
  });
});

describe("refusals of the service keep code, message and request id, and get a hint", () => {
  const missing = (arn: string) => `${arn.slice(0, arn.lastIndexOf("/"))}/00000000-0000-4000-8000-000000000000`;
  const cases: readonly (readonly [string, () => Record<string, string | undefined>, RegExp, RegExp])[] = [
    [
      "an unknown trust anchor",
      () => ({ "trust-anchor-arn": missing(emulator.state().trustAnchors[0]?.arn ?? "") }),
      /ResourceNotFoundException/,
      /exist/,
    ],
    [
      "an unknown profile",
      () => ({ "profile-arn": missing(profileArn(emulator, "Demo")) }),
      /ResourceNotFoundException/,
      /exist/,
    ],
    [
      "an unknown role",
      () => ({ "role-arn": roleArn(emulator, "Demo").replace("Demo", "Nobody") }),
      /AccessDeniedException|ResourceNotFound/,
      /sts:SetSourceIdentity|exist/,
    ],
    [
      "a disabled profile",
      () => ({ "profile-arn": profileArn(emulator, "Disabled") }),
      /AccessDeniedException/,
      /enable/,
    ],
    [
      "a role that does not trust the service",
      () => ({ "role-arn": roleArn(emulator, "Untrusting") }),
      /Unable to assume role/,
      /rolesanywhere\.amazonaws\.com/,
    ],
    [
      "a role outside the profile",
      () => ({ "role-arn": roleArn(emulator, "Target") }),
      /AccessDeniedException/,
      /list of profile|rolesanywhere\.amazonaws/,
    ],
    [
      "a session name that the profile does not accept",
      () => ({ "role-session-name": "me" }),
      /AccessDeniedException/,
      /acceptRoleSessionName/,
    ],
    [
      "a session longer than the role's limit",
      () => ({
        "role-arn": roleArn(emulator, "Short"),
        "profile-arn": profileArn(emulator, "Named"),
        "session-duration": "43200",
      }),
      /DurationSeconds|MaxSessionDuration/i,
      /MaxSessionDuration/,
    ],
    ["an unknown authority", () => stranger(), /Untrusted/, /get-trust-anchor/],
    [
      "a missing intermediate",
      () => ({ certificate: join(emulator.folder, "ec.pem") }),
      /Untrusted/,
      /--intermediates/,
    ],
  ];
  test.each(cases)("%s", async (_, flags, says, hint) => {
    const result = await vend({ flags: flags() });
    expect(result).toMatchObject({ stdout: "", status: 1 });
    expect(result.stderr).toMatch(/CreateSession was refused: \w+Exception: .* \(HTTP 4\d\d, request id [\w-]+\)/);
    expect(result.stderr).toMatch(says);
    expect(result.stderr).toMatch(new RegExp(`hint: .*(${hint.source})`));
    expect(emulator.count("CreateSession")).toBe(1);
  });

  function stranger(): Record<string, string> {
    const authority = createAuthority(keyOf("ec-p256", "another root"), { subject: [["CN", "Another Root"]] });
    const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, authority);
    return {
      certificate: write("stranger.pem", leaf.pem),
      "private-key": write("stranger.key", leaf.key.privateKeyPem),
    };
  }
});

describe("hops", () => {
  test("one hop gives the target role's session, an hour at most", async () => {
    const { stdout, stderr, status } = await vend({
      more: [
        "--assume-role-arn",
        roleArn(emulator, "Target"),
        "--assume-session-name",
        "me",
        "--assume-duration",
        "900",
      ],
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const { Expiration } = JSON.parse(stdout) as { Expiration: string };
    expect((Date.parse(Expiration) - Date.now()) / 1000).toBeLessThanOrEqual(900);
  });

  test("several hops are walked in order, the flags apply to the last", async () => {
    const more = [
      "--assume-role-arn",
      roleArn(emulator, "Target"),
      "--assume-role-arn",
      roleArn(emulator, "Last"),
      "--tag",
      "team=data",
      "--debug",
    ];
    const { stderr, status } = await vend({ more });
    expect(status, stderr).toBe(0);
    expect(emulator.count("AssumeRole")).toBe(2);
  });

  test("a hops document gives each hop its own parameters", async () => {
    const hops = write(
      "hops.json",
      JSON.stringify([
        { RoleArn: roleArn(emulator, "Partner"), ExternalId: "example-external-id", RoleSessionName: "partner" },
      ]),
    );
    expect(await vend({ more: ["--hops", `file://${hops}`] })).toMatchObject({ stderr: "", status: 0 });
  });

  test("the failing hop is named, with what its trust policy needs", async () => {
    const result = await vend({
      more: [
        "--assume-role-arn",
        roleArn(emulator, "Target"),
        "--assume-role-arn",
        roleArn(emulator, "Partner"),
        "--external-id",
        "wrong",
      ],
    });
    expect(result).toMatchObject({ stdout: "", status: 1 });
    expect(result.stderr).toMatch(
      /AssumeRole was refused for chained role 2 of 2 \(arn:aws:iam::111122223333:role\/Partner\): AccessDenied: /,
    );
    expect(result.stderr).toMatch(/hint: .*external/);
  });

  test("STS out of reach is a network error that names the hop", async () => {
    const result = await vend({
      more: ["--assume-role-arn", roleArn(emulator, "Target")],
      env: { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1" },
    });
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toMatch(/chained role 1 of 1 \(.*\): cannot reach 127\.0\.0\.1:1: connection refused/);
  });

  test("a role that lacks sts:SetSourceIdentity is told so", async () => {
    const arn = roleArn(emulator, "Target");
    const before = emulator.state();
    emulator.updateState((state) => ({
      ...state,
      roles: state.roles.map((role) =>
        role.arn === arn ? { ...role, trust: { ...role.trust, actions: ["sts:AssumeRole", "sts:TagSession"] } } : role,
      ),
    }));
    const result = await vend({ more: ["--assume-role-arn", arn] });
    emulator.updateState(() => before);
    expect(result).toMatchObject({ stdout: "", status: 1 });
    expect(result.stderr).toMatch(/hint: .*add sts:SetSourceIdentity/);
  });
});
