// docs/troubleshooting.md shows for each error code what a message of it looks like: the program, made to fail, says so.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorCodes, exitStatuses } from "../../src/errors.js";
import type { ErrorCode } from "../../src/errors.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import type { Fault } from "../../src/emulator/faults/inject.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import { startWorkloadApi } from "../support/workload-api.js";
import type { WorkloadApi } from "../support/workload-api.js";

const page = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
const folder = createScratch("error-messages");
let emulator: Emulator;
let agent: WorkloadApi;
beforeAll(async () => {
  emulator = await startEmulator();
  agent = await startWorkloadApi();
  if (!isRoot) chmodSync(closed, 0);
  writeFileSync(join(folder, "empty.pem"), "");
  writeFileSync(join(folder, "token"), "short", { mode: 0o600 });
});
afterAll(async () => {
  chmodSync(closed, 0o700);
  await agent.stop();
  await emulator.stop();
});

const at = (name: string) => join(folder, name);
const vend = (changes: Readonly<Record<string, string | undefined>> = {}, ...more: readonly string[]) => [
  "credential-process",
  ...emulatorFlags(emulator, changes),
  ...more,
];

/** Flags of a certificate of the emulator's authority that is odd. */
function issued(spec: CertificateSpec): readonly string[] {
  const { pem, key } = issueCertificate(keyOf("ec-p256", "odd"), spec, emulator.intermediate);
  writeFileSync(at("client.pem"), pem + key.privateKeyPem);
  return vend({ certificate: at("client.pem"), "private-key": undefined });
}

/** Without a private key, which the agent gives too. */
const fromAgent = (address: string) => vend({ certificate: `spiffe:${address}`, "private-key": undefined });
const closed = createScratch("closed");
const closedSocket = `unix://${join(closed, "agent.sock")}`;
const noFiles = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };

/** Root may open everything. */
const isRoot = process.getuid?.() === 0;
const canBeStranger = !isRoot || requireTools("a socket that may not be opened", "setpriv");
const stranger: CliOptions = isRoot
  ? { runtime: ["setpriv", "--reuid=65534", "--clear-groups", process.execPath] }
  : {};

interface Failure {
  readonly words: () => readonly string[];
  /** Whether it needs a user who may not open what others closed. */
  readonly asStranger?: boolean;
  readonly env?: CliOptions["env"];
  readonly faults?: readonly Fault[];
}

const hour = 3_600_000;
const staticKeys = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_REGION: "us-east-1",
};
const failures: Readonly<Record<Exclude<ErrorCode, "ERR_INTERNAL">, Failure>> = {
  ERR_ARGUMENT: { words: () => ["credential-process", "extra"] },
  ERR_ARN: { words: () => vend({ "profile-arn": roleArn(emulator, "Demo") }) },
  ERR_ARN_MISMATCH: {
    words: () => vend({ "profile-arn": "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/PROFILE_ID" }),
  },
  ERR_COMMAND: { words: () => ["exec", "--", "./no-such-program"], env: staticKeys },
  ERR_CONFIG_FILE: {
    words: () => ["credential-process", "--settings-profile", "prod"],
    env: { AWS_CONFIG_FILE: folder },
  },
  ERR_CONFLICT: { words: () => vend({}, "--cert-selector", "Key=x509Subject,Value=CN=a") },
  ERR_CREDENTIALS: { words: () => ["exec", "--", "true"], env: { AWS_EC2_METADATA_DISABLED: "true" } },
  ERR_INPUT: { words: () => ["serve", ...emulatorFlags(emulator), "--token-file", at("token")] },
  ERR_LISTEN: { words: () => ["serve", ...emulatorFlags(emulator), "--listen", "0.0.0.0:9911"] },
  ERR_NOT_AVAILABLE: {
    words: () => ["serve", ...emulatorFlags(emulator), "--listen", "0.0.0.0:0", "--allow-remote", "--hop-limit", "3"],
  },
  ERR_OUTPUT: {
    words: () => ["credentials", ...emulatorFlags(emulator), "--save-to-file", at("absent/credentials.env")],
  },
  ERR_SETTING: { words: () => vend({ "trust-anchor-arn": undefined }) },
  ERR_UNKNOWN_COMMAND: { words: () => ["credentials-process"] },
  ERR_UNKNOWN_OPTION: { words: () => ["credential-process", "--role"] },
  ERR_CERTIFICATE: { words: () => vend({ certificate: at("empty.pem") }) },
  ERR_CERTIFICATE_EXPIRED: {
    words: () => issued({ notAfter: new Date(Date.now() - 49 * hour), notBefore: new Date(0) }),
  },
  ERR_CERTIFICATE_NOT_YET_VALID: { words: () => issued({ notBefore: new Date(Date.now() + 49 * hour) }) },
  ERR_CERTIFICATE_UNSUITABLE: { words: () => issued({ keyUsage: ["keyEncipherment"] }) },
  ERR_CHAIN: { words: () => vend({ intermediates: join(emulator.folder, "ec-key.pem") }) },
  ERR_KEY: { words: () => vend({ "private-key": at("empty.pem") }) },
  ERR_KEY_MISMATCH: { words: () => vend({ "private-key": join(emulator.folder, "rsa-key.pem") }) },
  ERR_PASSWORD: {
    words: () => vend({ "private-key": join(emulator.folder, "ec-encrypted-key.pem"), "pkcs8-password": "wrong" }),
  },
  ERR_SPIFFE_IDENTITY: { words: () => fromAgent(agent.address) },
  ERR_SPIFFE_PERMISSION: { words: () => fromAgent(closedSocket), env: noFiles, asStranger: true },
  ERR_SPIFFE_PROTOCOL: { words: () => fromAgent(`tcp://127.0.0.1:${new URL(emulator.url).port}`) },
  ERR_SPIFFE_AGENT: { words: () => fromAgent("unix:///run/spire/agent.sock") },
  ERR_SPIFFE_TIMEOUT: { words: () => fromAgent(`tcp://127.0.0.1:${new URL(silent).port}`) },
  ERR_ACCESS_DENIED: { words: () => vend({ "role-arn": roleArn(emulator, "Untrusting") }) },
  ERR_SERVICE: {
    words: () => vend({ "trust-anchor-arn": "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID" }),
  },
  ERR_SERVICE_RESPONSE: { words: () => vend(), faults: [{ kind: "body", text: "<html>" }] },
  ERR_THROTTLED: {
    words: () => vend(),
    faults: [{ kind: "error", statusCode: 400, code: "ThrottlingException", message: "Rate exceeded" }],
  },
  ERR_CONNECTION: { words: () => vend({ endpoint: "http://127.0.0.1:9" }) },
  ERR_TIMEOUT: { words: () => ["request", silent, "--service", "execute-api", "-m", "1"], env: staticKeys },
  ERR_TLS: { words: () => vend({ endpoint: encrypted.url }) },
};

let silent = "";
let encrypted: Emulator;
const quiet = createServer();
beforeAll(async () => {
  quiet.listen(0, "127.0.0.1");
  await once(quiet, "listening");
  silent = `http://127.0.0.1:${(quiet.address() as AddressInfo).port}/`;
  encrypted = await startEmulator({ tls: true });
});
afterAll(async () => {
  quiet.close();
  await encrypted.stop();
});

test.each(Object.entries(failures))("%s", async (code, { words, env = {}, faults = [], asStranger = false }) => {
  if (asStranger && !canBeStranger) return;
  emulator.addFaults(...faults);
  const { stderr, status } = await runCli(words(), {
    env: { ROLESANYWHERE_TS_CACHE: "off", ...env },
    ...(asStranger ? stranger : {}),
  });
  emulator.clearFaults();
  const [message = ""] = stderr
    .split("\n")
    .flatMap((line) => new RegExp(`^rolesanywhere-ts: error\\[${code}\\]: (.*)$`).exec(line)?.[1] ?? []);
  // A command that is not found ends as a shell ends for it.
  const expected = code === "ERR_COMMAND" ? 127 : exitStatuses[errorCodes[code as ErrorCode]];
  expect(status).toBe(expected);
  const [, shown = ""] = new RegExp(`^#### ${code}\\nSeen as: \`(.*)\`$`, "m").exec(page) ?? [];
  const pattern = shown.split("…").map((text) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
  expect(message).toMatch(new RegExp(`^${pattern.join(".*")}$`));
});
