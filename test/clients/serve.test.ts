import { execFile, spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { cleanEnvironment, pythonEnvironment, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { credentials, get, keyIdOf, readServed, until } from "../support/served.js";
import type { Served } from "../support/served.js";
import { requireCondition, requireTools } from "../support/tools.js";

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const what = "the metadata server read by";

/** A command line that tells who it is at once and again for every line it reads; undefined when it cannot run here. */
type Prepare = () => Promise<readonly string[] | undefined>;

const preparations = {
  "the AWS SDK for JavaScript": async () => [process.execPath, here("js-sdk-renewal.mjs")],
  boto3: async () => (requireTools(`${what} boto3`, "boto3") ? ["python3", here("boto3_renewal.py")] : undefined),
  "the AWS CLI": async () =>
    requireTools(`${what} the AWS CLI`, "aws", "bash")
      ? ["bash", "-c", `${tellByCli}; while read -r; do ${tellByCli}; done`]
      : undefined,
  "the AWS SDK for Go": async () => {
    if (!requireTools(`${what} the Go SDK`, "go")) return undefined;
    const program = join(createScratch("go"), "identity");
    const built = await run("go", ["build", "-o", program, "."], { cwd: here("go") }).then(
      () => true,
      () => false,
    );
    return requireCondition(`${what} the Go SDK`, built, "modules of the Go SDK") ? [program] : undefined;
  },
  "the AWS SDK for Java": async () => {
    if (!requireTools(`${what} the Java SDK`, "mvn")) return undefined;
    const file = join(createScratch("java"), "classpath");
    const words = [
      "-q",
      "-B",
      "dependency:build-classpath",
      "-Dmdep.includeScope=runtime",
      `-Dmdep.outputFile=${file}`,
    ];
    const found = await run("mvn", words, { cwd: here("java") }).then(
      () => true,
      () => false,
    );
    if (!requireCondition(`${what} the Java SDK`, found, "packages of the Java SDK")) return undefined;
    return ["java", "-cp", readFileSync(file, "utf8").trim(), here("java/Identity.java")];
  },
} satisfies Record<string, Prepare>;

const tellByCli =
  'echo "$(aws sts get-caller-identity --query Arn --output text)" ' +
  '"$(aws configure list | grep access_key | grep -o "[A-Z0-9]\\{4\\} ")"';

/** Where each dialect's readers look. */
const dialects = {
  "container credentials": ({ url, tokenFile }) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
    AWS_EC2_METADATA_DISABLED: "true",
  }),
  IMDSv2: ({ url }) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }),
} satisfies Record<string, (served: Served) => Record<string, string>>;

type ClientName = keyof typeof preparations;
type DialectName = keyof typeof dialects;

interface Told {
  readonly arn: string;
  /** The last four characters of the access key id, which is all that the AWS CLI tells. */
  readonly keyEnd: string;
}

class Client {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #stderr: Buffer[] = [];

  constructor([command = "", ...words]: readonly string[], env: Record<string, string>) {
    this.#child = spawn(command, words, { env });
    this.#child.stderr.on("data", (chunk: Buffer) => void this.#stderr.push(chunk));
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async told(): Promise<Told> {
    const { value = "", done } = await this.#lines.next();
    if (done === true) throw new Error(`the client ended: ${Buffer.concat(this.#stderr).toString()}`);
    const [arn = "", keyId = ""] = value.split(" ");
    return { arn, keyEnd: keyId.slice(-4) };
  }

  /** @param how `new` asks with a new client in the same process. */
  again(how: "same" | "new" = "same"): Promise<Told> {
    this.#child.stdin.write(`${how}\n`);
    return this.told();
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

/**
 * Long enough that even the reader with the widest margin takes a session for good, short enough that its renewal is
 * worth waiting for; the service itself gives 900 s at least.
 */
const sessionSeconds = 90;

describe("real readers, each one process before and after a renewal", () => {
  let identity: EmulatedIdentity;
  let served: Served;
  const clients: { readonly client: ClientName; readonly dialect: DialectName; readonly reader: Client }[] = [];
  const firsts = new Map<Client, Told>();
  const keyEnds: string[] = [];

  beforeAll(async () => {
    const prepared = new Map<ClientName, readonly string[]>();
    for (const name of Object.keys(preparations) as ClientName[]) {
      const command = await preparations[name]();
      if (command !== undefined) prepared.set(name, command);
    }
    identity = await createEmulatedIdentity();
    identity.limitSessions(sessionSeconds);
    const cli = startCli(["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")]);
    served = await readServed(cli);
    keyEnds.push(keyIdOf(await credentials(served)).slice(-4));
    for (const [client, command] of prepared) {
      for (const dialect of Object.keys(dialects) as DialectName[]) {
        const variables = { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1", ...dialects[dialect](served) };
        const env = cleanEnvironment({
          ...pythonEnvironment(),
          AWS_ENDPOINT_URL_STS: identity.emulator.url,
          ...variables,
        });
        clients.push({ client, dialect, reader: new Client(command, env) });
      }
    }
    for (const { reader } of clients) firsts.set(reader, await reader.told());
    await until(
      () => get(`${served.url}/metrics`),
      ({ body }) => body.includes('renewals_total{session="Demo"} 2'),
      90_000,
    );
    keyEnds.push(keyIdOf(await credentials(served)).slice(-4));
  }, 300_000);

  afterAll(async () => {
    await Promise.all(clients.map(({ reader }) => reader.end()));
    await served.cli.stop();
    await identity.emulator.stop();
  });

  describe.each(Object.keys(preparations) as ClientName[])("%s", (client) => {
    test.each(Object.keys(dialects) as DialectName[])("through %s", async (dialect) => {
      const reader = clients.find((entry) => entry.client === client && entry.dialect === dialect)?.reader;
      // Skipped, and told at the end of the run: it could not be prepared.
      if (reader === undefined) return;
      const first = firsts.get(reader);
      const second = await reader.again();
      expect(first?.arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/Demo\//);
      expect(first?.keyEnd).toBe(keyEnds[0]);
      expect(second.arn).toBe(first?.arn);
      // From the metadata service SDKs go on with a session in its last quarter of an hour, as all of this one is: what a
      // client finds that has nothing yet tells whether they read the new one.
      const third = dialect === "IMDSv2" ? await reader.again("new") : second;
      expect(third).toEqual({ arn: first?.arn, keyEnd: keyEnds[1] });
    });
  });

  test("cost one session before the renewal and one after it", () => {
    expect(identity.emulator.count("CreateSession")).toBe(2);
  });
});
