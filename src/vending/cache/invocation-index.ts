import { hash } from "node:crypto";
import { join } from "node:path";
import { version } from "../../version.js";
import { readPrivateFile } from "./private-file.js";

/** Everything that determines the settings of a process, besides the files that it reads. */
export interface IndexedInvocation {
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** The entry for an invocation, and the conditions for using it. Contains no secret. */
export interface IndexRecord {
  /** Name of the entry in the same folder. */
  readonly entry: string;
  /** Paths of files and their stamps; the first file opens the entry. */
  readonly files: readonly (readonly [path: string, stamp: string])[];
  /** The folder that relative paths refer to; null without relative paths. */
  readonly workingDirectory: string | null;
  readonly windowSeconds: number | null;
  /** Expiration of the certificate, if the record depends on one, in milliseconds since 1970. */
  readonly untilMs: number;
  /** The region of CreateSession. */
  readonly region: string;
}

const format = 1;

/**
 * AWS variables that affect the result, without `AWS_`. Variables that only affect the way to AWS (proxies) or where
 * the cache is do not belong here; `test/vending/cache/invocation-index.test.ts` watches what the settings read.
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

/** Returns the path of an invocation's record. */
export function indexPath(folder: string, invocation: IndexedInvocation): string {
  const { argv, variables, homeDirectory, platform } = invocation;
  const deciding = Object.entries(variables).filter(([name]) => decidesAnswer(name));
  const facts = [format, version, platform, homeDirectory ?? null, argv, deciding.sort(([a], [b]) => (a < b ? -1 : 1))];
  return join(folder, `${hash("sha256", JSON.stringify(facts))}.index`);
}

/** @returns undefined without a trusted record. */
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
 * Finds the folder of an invocation's index without parsing the command line. A wrong guess is harmless: a record's
 * name depends on all arguments, so none is found.
 */
export function namedFolder({ argv, variables }: Pick<IndexedInvocation, "argv" | "variables">): string | undefined {
  for (const [position, word] of argv.entries()) {
    if (word === "--cache-dir") return argv[position + 1];
    if (word.startsWith("--cache-dir=")) return word.slice("--cache-dir=".length);
  }
  const variable = variables["ROLESANYWHERE_TS_CACHE_DIR"];
  return variable === "" ? undefined : variable;
}
