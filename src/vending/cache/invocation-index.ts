import { createHash } from "node:crypto";
import { join } from "node:path";
import { version } from "../../version.js";
import { readPrivateFile } from "./private-file.js";

/** All of a process that decides which settings it resolves to, besides the files that it reads. */
export interface IndexedInvocation {
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** Which entry answers an invocation, and on what conditions. Holds no secret. */
export interface IndexRecord {
  /** Name of the entry in the same folder. */
  readonly entry: string;
  /** Files by path with their stamps; the first opens the entry. */
  readonly files: readonly (readonly [path: string, stamp: string])[];
  /** Where relative paths begin; null when there are none. */
  readonly workingDirectory: string | null;
  readonly windowSeconds: number | null;
  /** End of the certificate, if the record depends on one, in milliseconds since 1970. */
  readonly untilMs: number;
  /** Where the certificate is traded. */
  readonly region: string;
}

const format = 1;

/**
 * Variables of AWS that decide an answer, after `AWS_`. Those that only decide the way to AWS (proxies) or where
 * the cache lies do not belong here; `test/vending/cache/invocation-index.test.ts` watches what the settings read.
 */
const awsVariables: readonly string[] = [
  "CA_BUNDLE",
  "CONFIG_FILE",
  "DEFAULT_PROFILE",
  "ENDPOINT_URL",
  "ENDPOINT_URL_ROLESANYWHERE",
  "ENDPOINT_URL_STS",
  "IGNORE_CONFIGURED_ENDPOINT_URLS",
  "PROFILE",
  "SHARED_CREDENTIALS_FILE",
  "USE_DUALSTACK_ENDPOINT",
  "USE_FIPS_ENDPOINT",
];

export function decidesAnswer(variable: string): boolean {
  if (variable.startsWith("AWS_")) return awsVariables.includes(variable.slice("AWS_".length));
  return variable.startsWith("ROLESANYWHERE_TS_") || variable === "SPIFFE_ENDPOINT_SOCKET";
}

/** Where the record of an invocation lies. */
export function indexPath(folder: string, invocation: IndexedInvocation): string {
  const { argv, variables, homeDirectory, platform } = invocation;
  const deciding = Object.entries(variables).filter(([name]) => decidesAnswer(name));
  const facts = [format, version, platform, homeDirectory ?? null, argv, deciding.sort(([a], [b]) => (a < b ? -1 : 1))];
  return join(folder, `${createHash("sha256").update(JSON.stringify(facts)).digest("hex")}.index`);
}

/** @returns undefined without a record that can be trusted. */
export function readIndexRecord(path: string): IndexRecord | undefined {
  try {
    const record: unknown = JSON.parse(readPrivateFile(path).toString("utf8"));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is IndexRecord {
  const { entry, files, workingDirectory, windowSeconds, untilMs, region } = (value ?? {}) as Partial<IndexRecord>;
  if (typeof entry !== "string" || !/^[0-9a-f]{64}\.session$/.test(entry) || !Array.isArray(files)) return false;
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "string" && typeof pair[1] === "string";
  if (!files.every(isPair) || typeof untilMs !== "number" || typeof region !== "string") return false;
  const known = workingDirectory === null || typeof workingDirectory === "string";
  return known && (windowSeconds === null || typeof windowSeconds === "number");
}

/**
 * The folder that an invocation's index lies in, found without parsing the command line. A wrong guess finds nothing, since
 * a record's name is made from all the words.
 */
export function namedFolder({ argv, variables }: Pick<IndexedInvocation, "argv" | "variables">): string | undefined {
  for (const [position, word] of argv.entries()) {
    if (word === "--cache-dir") return argv[position + 1];
    if (word.startsWith("--cache-dir=")) return word.slice("--cache-dir=".length);
  }
  const variable = variables["ROLESANYWHERE_TS_CACHE_DIR"];
  return variable === "" ? undefined : variable;
}
