import { fillKeyTemplate } from "../../readers/objects/key-template.js";
import { literalPrefix } from "../../readers/objects/match.js";
import { isGlob } from "../../readers/objects/query.js";
import type { ObjectLocation, ObjectQuery } from "../../readers/objects/query.js";
import type { ScanRequest } from "../../readers/scan/request.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import { maxPolicyLength } from "../../vending/scope/scope.js";
import type { OptionTable } from "../line/arguments.js";
import { printScopeOptions } from "../sources/print-scope.js";
import type { OutputPlace } from "./output-place.js";

export const leastPrivilegeOptions = {
  "least-privilege": {
    kind: "boolean",
    group: "Scope",
    describe: "run under a scope that allows exactly what this command needs",
  },
  ...printScopeOptions,
} as const satisfies OptionTable;

export const leastPrivilegeConflicts = [
  ["least-privilege", "scope"],
  ["least-privilege", "scope-policy"],
] as const;

interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[] | string;
  readonly Condition?: object;
}

/** Keys to read and prefixes to list in one bucket, as policy patterns. */
interface Reach {
  readonly bucket: string;
  readonly keys: readonly string[];
  readonly listed: readonly string[];
  readonly versioned: boolean;
}

/** What `read-s3` reads and writes. */
interface ArchiveAccess {
  readonly query: ObjectQuery;
  readonly isExport: boolean;
  readonly output: OutputPlace | undefined;
}

/** Builds the policy for reading only these objects, listing only the searched prefixes, and writing the output. */
export function archivePolicy({ query, isExport, output }: ArchiveAccess, place: ScopePlace): object {
  const exact = mergeReaches(reachesOf(query, isExport));
  const policyOf = (reaches: readonly Reach[]) =>
    document([...readingStatements(reaches, place), ...writingStatements(output, place)]);
  const policy = policyOf(exact);
  return JSON.stringify(policy).length <= maxPolicyLength ? policy : policyOf(exact.map(widen));
}

function reachesOf(query: ObjectQuery, isExport: boolean): readonly Reach[] {
  switch (query.kind) {
    case "keys":
      return query.locations.map((location) => (isExport ? exportReach(location) : keyReach(location)));
    case "globs":
      return query.locations.map((location) => (isGlob(location.key) ? globReach(location) : keyReach(location)));
    case "prefix": {
      const { bucket, template, folder, days } = query;
      const prefixes = (days.length === 0 ? [undefined] : days).map((day) =>
        fillKeyTemplate(template, { folder, day }),
      );
      if (isExport) return prefixes.slice(0, 1).map((key) => exportReach({ bucket, key }));
      const listed = prefixes.map(escaped);
      return [{ bucket, keys: listed.map((prefix) => `${prefix}*`), listed, versioned: false }];
    }
  }
}

function keyReach({ bucket, key, versionId }: ObjectLocation): Reach {
  return { bucket, keys: [escaped(key)], listed: [], versioned: versionId !== undefined };
}

/** Policies have only `*` and `?`, and their `*` matches across folders. */
function globReach({ bucket, key: glob }: ObjectLocation): Reach {
  const literal = literalPrefix(glob);
  const rest = glob.slice(literal.length);
  const pattern = /[[{\\$]/.test(rest) ? "*" : rest.replaceAll(/\*\*\/?|\*+/g, "*").replace(/\/$/, "/*");
  return { bucket, keys: [`${escaped(literal)}${pattern}`], listed: [escaped(literal)], versioned: false };
}

/** An export consists of all objects in its folder. */
function exportReach({ bucket, key }: ObjectLocation): Reach {
  const folder = key.endsWith(".json") ? key.slice(0, key.lastIndexOf("/") + 1) : key.replace(/\/?$/, "/");
  return { bucket, keys: [`${escaped(folder)}*`], listed: [], versioned: false };
}

function mergeReaches(reaches: readonly Reach[]): readonly Reach[] {
  return [...new Set(reaches.map(({ bucket }) => bucket))].map((bucket) => {
    const same = reaches.filter((reach) => reach.bucket === bucket);
    return {
      bucket,
      keys: [...new Set(same.flatMap(({ keys }) => keys))],
      listed: [...new Set(same.flatMap(({ listed }) => listed))],
      versioned: same.some(({ versioned }) => versioned),
    };
  });
}

/** Replaces a list that is too long for a policy with the common prefix of its keys. */
function widen(reach: Reach): Reach {
  const common = commonPrefix(reach.keys.map((key) => literalPattern(key)));
  return { ...reach, keys: [`${common}*`], listed: reach.listed.length === 0 ? [] : [`${common}*`] };
}

/** Returns a pattern up to its first wildcard. */
function literalPattern(pattern: string): string {
  return /^(?:\$\{.\}|[^*?])*/.exec(pattern)?.[0] ?? "";
}

function commonPrefix(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const text of others) while (!text.startsWith(first.slice(0, length))) length--;
  // Do not cut an escape.
  return first.slice(0, length).replace(/\$(?:\{.?)?$/, "");
}

/** Escapes the characters that begin a wildcard or a variable in a policy. */
function escaped(key: string): string {
  return key.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}

function readingStatements(reaches: readonly Reach[], { partition }: ScopePlace): readonly Statement[] {
  const buckets = reaches.map(({ bucket }) => `arn:${partition}:s3:::${bucket}`);
  const objects = reaches.flatMap(({ bucket, keys }) => keys.map((key) => `arn:${partition}:s3:::${bucket}/${key}`));
  return [
    {
      Effect: "Allow",
      Action: ["s3:GetObject", ...(reaches.some(({ versioned }) => versioned) ? ["s3:GetObjectVersion"] : [])],
      Resource: objects,
    },
    ...reaches
      .filter(({ listed }) => listed.length > 0)
      .map(({ bucket, listed }): Statement => ({
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: [`arn:${partition}:s3:::${bucket}`],
        Condition: { StringLike: { "s3:prefix": listed } },
      })),
    decryptFor("s3", "aws:s3:arn", [...buckets, ...buckets.map((bucket) => `${bucket}/*`)]),
  ];
}

/** Allows to write one object: to upload it in parts, to remove them, and to look whether a lost answer was a success. */
function writingStatements(output: OutputPlace | undefined, { partition }: ScopePlace): readonly Statement[] {
  if (output?.kind !== "object") return [];
  const bucket = `arn:${partition}:s3:::${output.bucket}`;
  const object = `${bucket}/${escaped(output.key)}`;
  return [
    { Effect: "Allow", Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject"], Resource: [object] },
    keyUse(["kms:GenerateDataKey", "kms:Decrypt"], "s3", "aws:s3:arn", [bucket, object]),
  ];
}

/** Builds the policy for scanning or querying a table or an index, and for writing the output. */
export function scanPolicy(
  { table, index, key }: Pick<ScanRequest, "table" | "index" | "key">,
  output: OutputPlace | undefined,
  place: ScopePlace,
): object {
  const { partition, region = "*", accountId = "*" } = place;
  const arn = table.startsWith("arn:") ? table : `arn:${partition}:dynamodb:${region}:${accountId}:table/${table}`;
  const name = arn.slice(arn.indexOf("/") + 1);
  const scanned = index === undefined ? arn : `${arn}/index/${index}`;
  return document([
    { Effect: "Allow", Action: ["dynamodb:DescribeTable"], Resource: [arn] },
    { Effect: "Allow", Action: [key === undefined ? "dynamodb:Scan" : "dynamodb:Query"], Resource: [scanned] },
    decryptFor("dynamodb", "aws:dynamodb:tableName", [name]),
    ...writingStatements(output, place),
  ]);
}

/** Allows decrypting this data, if a customer managed key encrypts it. */
function decryptFor(service: string, context: string, values: readonly string[]): Statement {
  return keyUse(["kms:Decrypt"], service, context, values);
}

/** Allows to use a key for this data, only through this service. */
function keyUse(actions: readonly string[], service: string, context: string, values: readonly string[]): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: "*",
    Condition: { StringLike: { "kms:ViaService": `${service}.*`, [`kms:EncryptionContext:${context}`]: values } },
  };
}

function document(Statement: readonly Statement[]): object {
  return { Version: "2012-10-17", Statement };
}
