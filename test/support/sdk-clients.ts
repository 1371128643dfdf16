import { execFile, spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createScratch } from "./scratch.js";
import { requireCondition, requireTools } from "./tools.js";

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(`../clients/${name}`, import.meta.url));

const tellByCli =
  'echo "$(aws sts get-caller-identity --query Arn --output text)" ' +
  '"$(aws configure list | grep access_key | grep -o "[A-Z0-9]\\{4\\} ")"';

/**
 * Returns a command that prints its identity at once and again for each input line; undefined if it cannot run here.
 */
type Prepare = (what: string) => Promise<readonly string[] | undefined>;

/** Builds a program with the AWS SDK for Go and returns its command line; undefined if it cannot be built here. */
export async function goProgram(what: string, folder: string): Promise<readonly string[] | undefined> {
  if (!requireTools(`${what} the Go SDK`, "go")) return undefined;
  const program = join(createScratch("go"), "program");
  const built = await run("go", ["build", "-o", program, folder], { cwd: here("go") }).then(
    () => true,
    () => false,
  );
  return requireCondition(`${what} the Go SDK`, built, "modules of the Go SDK") ? [program] : undefined;
}

/** Returns the command line of a program with the AWS SDK for Java; undefined if its packages are unavailable. */
export async function javaProgram(what: string, source: string): Promise<readonly string[] | undefined> {
  if (!requireTools(`${what} the Java SDK`, "mvn")) return undefined;
  const file = join(createScratch("java"), "classpath");
  const words = ["-q", "-B", "dependency:build-classpath", "-Dmdep.includeScope=runtime", `-Dmdep.outputFile=${file}`];
  const found = await run("mvn", words, { cwd: here("java") }).then(
    () => true,
    () => false,
  );
  if (!requireCondition(`${what} the Java SDK`, found, "packages of the Java SDK")) return undefined;
  return ["java", "-cp", readFileSync(file, "utf8").trim(), here(`java/${source}`)];
}

const preparations = {
  "the AWS SDK for JavaScript": async () => [process.execPath, here("js-sdk-renewal.mjs")],
  boto3: async (what) => (requireTools(`${what} boto3`, "boto3") ? ["python3", here("boto3_renewal.py")] : undefined),
  "the AWS CLI": async (what) =>
    requireTools(`${what} the AWS CLI`, "aws", "bash")
      ? ["bash", "-c", `${tellByCli}; while read -r; do ${tellByCli}; done`]
      : undefined,
  "the AWS SDK for Go": (what) => goProgram(what, "."),
  "the AWS SDK for Java": (what) => javaProgram(what, "Identity.java"),
} satisfies Record<string, Prepare>;

export type SdkClientName = keyof typeof preparations;
export const sdkClientNames = Object.keys(preparations) as SdkClientName[];

/**
 * Returns the command lines of the clients that can run here; the others are listed at the end of the run.
 *
 * @param what What goes untested without a client, such as `the credentials file read by`.
 */
export async function prepareSdkClients(what: string): Promise<ReadonlyMap<SdkClientName, readonly string[]>> {
  const prepared = new Map<SdkClientName, readonly string[]>();
  for (const name of sdkClientNames) {
    const command = await preparations[name](what);
    if (command !== undefined) prepared.set(name, command);
  }
  return prepared;
}

export interface Told {
  readonly arn: string;
  /** Last four characters of the access key id, all that the AWS CLI prints. */
  readonly keyEnd: string;
}

/** Running client. */
export class SdkClient {
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

  /** @param how `new` asks with a new client in the same process */
  again(how: "same" | "new" = "same"): Promise<Told> {
    this.#child.stdin.write(`${how}\n`);
    return this.told();
  }

  /**
   * Asks until an answer matches, for clients that refresh in the background; returns the last one after ten seconds.
   */
  async againUntil(fits: (told: Told) => boolean, how: "same" | "new" = "same"): Promise<Told> {
    const endMs = Date.now() + 10_000;
    for (;;) {
      const told = await this.again(how);
      if (fits(told) || Date.now() > endMs) return told;
      await sleep(50);
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
