import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registry } from "../../src/commands/registry.js";
import { startCertificateAuthority } from "../support/certificate-authority.js";
import type { CertificateAuthority } from "../support/certificate-authority.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { executable, startCli } from "../support/run-cli.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";

const watch = fileURLToPath(new URL("../support/write-watch.cjs", import.meta.url));
let identity: EmulatedIdentity;
let s3: S3Server;
let dynamo: DynamoDbServer;
let authority: CertificateAuthority;
beforeAll(async () => {
  s3 = await startS3Server();
  s3.put("acme", "a.csv", "a,b\n1,2\n");
  dynamo = await startDynalite();
  await createTable(dynamo, "orders");
  await putItems(dynamo, "orders", [{ pk: { S: "1" } }]);
  identity = await createEmulatedIdentity();
  authority = await startCertificateAuthority();
});
afterAll(async () => {
  await authority.stop();
  await identity.emulator.stop();
  await s3[Symbol.asyncDispose]();
  await dynamo.close();
});

/** Where things lie for one run: HOME, the folder it starts in, TMPDIR. */
type Place = "home" | "work" | "tmp";

interface Run {
  readonly words: () => readonly string[];
  /** Everything that may be written, as a pattern over `PLACE/path`. */
  readonly allowed: RegExp;
  /** Besides what every run has. */
  readonly env?: () => Readonly<Record<string, string>>;
  /** Default 0. */
  readonly status?: number;
  /** What a command that goes on says when it stands. */
  readonly until?: RegExp;
}

const vend = (command: string, ...more: readonly string[]) => [
  command,
  ...identity.flags,
  "--role-arn",
  identity.roleArn("Demo"),
  ...more,
];
const cache = String.raw`home/\.cache(?:/rolesanywhere-ts(?:/.*)?)?`;
const nothing = /^$/;
const config = String.raw`home/\.aws(?:/[.\w/-]*)?|tmp/rolesanywhere-ts-[0-9a-f]+\.lock.*`;

const runs: Readonly<Record<string, Run>> = {
  "assume-role": {
    words: () => ["assume-role", identity.roleArn("Target"), ...vend("").slice(1)],
    env: () => ({ AWS_ENDPOINT_URL_STS: identity.emulator.url }),
    allowed: new RegExp(`^(?:${cache})$`),
  },
  cache: { words: () => ["cache", "list"], allowed: nothing },
  check: {
    words: () => vend("check"),
    env: () => ({ AWS_ENDPOINT_URL_STS: identity.emulator.url }),
    allowed: nothing,
  },
  completion: { words: () => ["completion", "bash"], allowed: nothing },
  configure: { words: () => vend("configure", "--profile", "p"), allowed: new RegExp(`^(?:${config}|${cache})$`) },
  "credential-process": { words: () => vend("credential-process"), allowed: new RegExp(`^(?:${cache})$`) },
  credentials: { words: () => vend("credentials"), allowed: nothing },
  emulator: {
    words: () => ["emulator", "--dir", "emulator", "--log", "none"],
    until: /# emulator ready/,
    allowed: /^work\/emulator(?:\/.*)?$/,
  },
  exec: { words: () => vend("exec", "--", process.execPath, "--version"), allowed: new RegExp(`^(?:${cache})$`) },
  explain: { words: () => ["explain", "ERR_ARN"], allowed: nothing },
  "read-certificate-data": {
    words: () => ["read-certificate-data", "--certificate", identity.certificatePath],
    allowed: nothing,
  },
  "read-s3": {
    words: () => ["read-s3", "s3://acme/a.csv", "--output", "a.out"],
    env: () => s3.env,
    allowed: /^work\/(?:a\.out|[.\w-]*\.partial|\.a\.out[.\w-]*)$/,
  },
  renew: {
    words() {
      authority.spec = { notAfter: new Date(Date.now() + 400 * 86_400_000) };
      const { certificate, key } = authority.enroll();
      const flags = { certificate, "private-key": key, "step-ca": authority.url, "authority-ca": authority.caFile };
      const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      return ["renew", "--once", "--before", "1/1", "--rekey", ...words];
    },
    allowed: /\/pair-\w+\/\.{0,2}client\.(?:pem|key)(?:\.[\w.-]+(?:\/[\w-]+)?)?$/,
  },
  request: {
    words: () => vend("request", `${identity.emulator.url}/`, "--service", "execute-api"),
    allowed: new RegExp(`^(?:${cache})$`),
  },
  scan: {
    words: () => ["scan", "orders", "--output", "a.out"],
    env: () => ({ ...s3.env, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamo.port}` }),
    allowed: /^work\/(?:a\.out|[.\w-]*\.partial|\.a\.out[.\w-]*)$/,
  },
  serve: {
    words: () => vend("serve", "--port", "0"),
    until: /AUTHORIZATION_TOKEN_FILE=/,
    allowed: new RegExp(`^(?:${cache}|home/.*rolesanywhere-ts.*|tmp/rolesanywhere-ts.*)$`),
  },
  "sign-string": {
    words: () => ["sign-string", "--certificate", identity.certificatePath, "--private-key", identity.certificatePath],
    allowed: nothing,
  },
  token: {
    words: () => [...vend("token"), "--cluster", "demo", "eks"],
    allowed: new RegExp(`^(?:${cache})$`),
  },
  "trust-policy": {
    words: () => vend("trust-policy"),
    allowed: nothing,
  },
  update: {
    words: () => vend("update", "--profile", "p", "--once"),
    allowed: new RegExp(`^(?:${config}|${cache})$`),
  },
  version: { words: () => ["version"], allowed: nothing },
};

it("has a run of every command", () => {
  expect(Object.keys(runs).sort()).toEqual(Object.keys(registry).sort());
});

describe("a run writes where it says, and nowhere else:", () => {
  it.each(Object.keys(runs))("%s", async (name) => {
    const run = runs[name];
    if (run === undefined) throw new Error(name);
    const root = createScratch("watched");
    const at = (place: Place) => join(root, place);
    for (const place of ["home", "work", "tmp"] as const) mkdirSync(at(place), { mode: 0o700 });
    const log = join(root, "written");
    writeFileSync(log, "");
    const running = startCli(run.words(), {
      executable,
      cwd: at("work"),
      env: {
        ...run.env?.(),
        HOME: at("home"),
        TMPDIR: at("tmp"),
        NODE_OPTIONS: `--require=${watch}`,
        WRITE_WATCH: log,
      },
    });
    running.child.stdin.end("text");
    if (run.until !== undefined) {
      await Promise.any([running.waitFor(run.until), running.waitFor(run.until, "stderr")]);
      running.child.kill("SIGTERM");
    }
    const { status, stderr } = await running.ended;
    expect(status, stderr).toBe(run.status ?? 0);
    const written = [...new Set(readFileSync(log, "utf8").split("\n"))].filter((path) => path !== "");
    const beyond = written
      .map((path) => (path.startsWith(root + sep) ? path.slice(root.length + 1) : path))
      .filter((path) => !run.allowed.test(path) && !path.startsWith("/dev/"));
    expect(beyond).toEqual([]);
    // A watch that saw nothing would prove nothing.
    expect(written.length > 0).toBe(run.allowed !== nothing);
  });
});
