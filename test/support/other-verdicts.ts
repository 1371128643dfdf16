// What other tools say of the settings that `check` judges: the emulator, asked past every check of this program, OpenSSL
// and AWS's own SDKs.
import { fileURLToPath } from "node:url";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "./emulator-flags.js";
import { issueCertificate, keyOf } from "./pki.js";
import type { Issued } from "./pki.js";
import { pythonEnvironment } from "./run-cli.js";
import { runProgram } from "./run-program.js";
import { requireTools } from "./tools.js";
import { sendCreateSession } from "./x509-signer.js";

/** Settings by flag name; undefined omits the flag. */
type Flags = Readonly<Record<string, string | undefined>>;

export interface Wire {
  readonly leaf: Issued;
  readonly chain?: readonly Issued[];
  readonly signer?: Issued;
}

export interface SetUp {
  readonly flags: Flags;
  readonly more?: readonly string[];
  /** The certificate and key to send with; by default those of a sound client. */
  readonly wire?: Wire;
}

/** `accepted`, or how the tool refuses; undefined where the tool is absent. */
type Verdict = (setUp: SetUp, emulator: Emulator) => Promise<string | undefined>;

function settingsOf(setUp: SetUp, emulator: Emulator): Flags {
  const words = emulatorFlags(emulator, setUp.flags);
  return Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word.slice(2), words[at + 1]]] : [])));
}

async function createSession(setUp: SetUp, emulator: Emulator) {
  const flags = settingsOf(setUp, emulator);
  const leaf = issueCertificate(keyOf("ec-p256", "leaf"), {}, emulator.root);
  return sendCreateSession({
    url: flags["endpoint"] ?? emulator.url,
    ...(flags["region"] === undefined ? {} : { region: flags["region"] }),
    body: {
      trustAnchorArn: flags["trust-anchor-arn"],
      profileArn: flags["profile-arn"],
      roleArn: flags["role-arn"],
      roleSessionName: flags["role-session-name"],
      durationSeconds: Number(flags["session-duration"] ?? "900"),
    },
    ...(setUp.wire ?? { leaf }),
  });
}

async function parentOf(emulator: Emulator) {
  const { json } = await createSession({ flags: {} }, emulator);
  const { accessKeyId, secretAccessKey, sessionToken } = json.credentialSet[0].credentials as Record<string, string>;
  return { accessKeyId: accessKeyId ?? "", secretAccessKey: secretAccessKey ?? "", sessionToken: sessionToken ?? "" };
}

async function ofOpenssl(words: readonly string[]): Promise<string | undefined> {
  if (!requireTools("what check says of damaged files, beside OpenSSL", "openssl")) return undefined;
  const { status, stderr } = await runProgram("openssl", words);
  return status === 0 ? "accepted" : stderr;
}

const describeError = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

export const verdicts = {
  "the emulator's CreateSession": async (setUp, emulator) => {
    try {
      const { statusCode, text } = await createSession(setUp, emulator);
      return statusCode === 201 ? "accepted" : text;
    } catch (error) {
      return describeError(error);
    }
  },
  "AssumeRole of the JavaScript SDK at the emulator": async ({ flags }, emulator) => {
    const client = new STSClient({
      endpoint: emulator.url,
      region: "us-east-1",
      credentials: await parentOf(emulator),
      maxAttempts: 1,
    });
    const duration = flags["assume-duration"];
    const command = new AssumeRoleCommand({
      RoleArn: flags["assume-role-arn"],
      RoleSessionName: "next",
      ExternalId: flags["external-id"],
      ...(duration === undefined ? {} : { DurationSeconds: Number(duration) }),
    });
    return client.send(command).then(() => "accepted", describeError);
  },
  "GetScopedCredentials of botocore at the emulator": async ({ flags }, emulator) => {
    if (!requireTools("scopes that check refuses, through botocore 1.44.8", "botocore-1.44")) return undefined;
    const [policy, duration] = [flags["scope-policy"], flags["scope-duration"]];
    const parameters = {
      ...(policy === undefined ? {} : { Policy: policy }),
      ...(duration === undefined ? {} : { DurationSeconds: Number(duration) }),
    };
    const call = {
      credentials: await parentOf(emulator),
      operation: "get_scoped_credentials",
      parameters,
      endpoint: emulator.url,
    };
    const env = { ...pythonEnvironment(), ROLESANYWHERE_TS_BOTOCORE: process.env["ROLESANYWHERE_TS_BOTOCORE"] };
    const file = fileURLToPath(new URL("botocore-calls.py", import.meta.url));
    const { stdout, stderr } = await runProgram("python3", [file], { env, stdin: JSON.stringify([call]) });
    if (stdout === "") throw new Error(stderr);
    const [outcome] = JSON.parse(stdout) as readonly { readonly answer?: unknown }[];
    return outcome?.answer === undefined ? JSON.stringify(outcome) : "accepted";
  },
  "AssumeRole of the JavaScript SDK at the endpoint given": async ({ flags }, emulator) => {
    const client = new STSClient({
      endpoint: flags["endpoint"] ?? emulator.url,
      region: "us-east-1",
      credentials: await parentOf(emulator),
      maxAttempts: 1,
    });
    const command = new AssumeRoleCommand({
      RoleArn: emulator.state().roles.find(({ arn }) => arn.endsWith("/Target"))?.arn,
      RoleSessionName: "next",
    });
    return client.send(command).then(() => "accepted", describeError);
  },
  "openssl x509": async (setUp, emulator) =>
    ofOpenssl(["x509", "-noout", "-in", settingsOf(setUp, emulator)["certificate"] ?? ""]),
  "openssl x509 on the intermediates": async ({ flags }) =>
    ofOpenssl(["x509", "-noout", "-in", flags["intermediates"] ?? ""]),
  "openssl pkey": async (setUp, emulator) => {
    const { more = [] } = setUp;
    const at = more.indexOf("--pkcs8-password");
    const password = `pass:${at === -1 ? "" : (more[at + 1] ?? "")}`;
    return ofOpenssl(["pkey", "-noout", "-passin", password, "-in", settingsOf(setUp, emulator)["private-key"] ?? ""]);
  },
} satisfies Record<string, Verdict>;

export type Judge = keyof typeof verdicts;

export function verdictOf(judge: Judge, setUp: SetUp, emulator: Emulator): Promise<string | undefined> {
  return verdicts[judge](setUp, emulator);
}
