import { fillKeyTemplate } from "../../readers/objects/key-template.js";
import { literalPrefix } from "../../readers/objects/match.js";
import { isGlob } from "../../readers/objects/query.js";
import type { ObjectLocation, ObjectQuery } from "../../readers/objects/query.js";
import type { ScanRequest } from "../../readers/scan/request.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import { maxPolicyLength } from "../../vending/scope/scope.js";
import type { OptionTable } from "../line/arguments.js";
import { printScopeOptions } from "../sources/print-scope.js";

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

/** Builds the policy for reading only these objects and listing only the searched prefixes. */
export function archivePolicy(query: ObjectQuery, isExport: boolean, place: ScopePlace): object {
  const exact = mergeReaches(reachesOf(query, isExport));
  const policy = toPolicy(exact, place);
  return JSON.stringify(policy).length <= maxPolicyLength ? policy : toPolicy(exact.map(widen), place);
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

function toPolicy(reaches: readonly Reach[], { partition }: ScopePlace): object {
  const buckets = reaches.map(({ bucket }) => `arn:${partition}:s3:::${bucket}`);
  const objects = reaches.flatMap(({ bucket, keys }) => keys.map((key) => `arn:${partition}:s3:::${bucket}/${key}`));
  return document([
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
  ]);
}

/** Builds the policy for scanning or querying a table or an index. */
export function scanPolicy(
  { table, index, key }: Pick<ScanRequest, "table" | "index" | "key">,
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
  ]);
}

/** Allows decrypting this data, only through this service, if a customer managed key encrypts it. */
function decryptFor(service: string, context: string, values: readonly string[]): Statement {
  return {
    Effect: "Allow",
    Action: ["kms:Decrypt"],
    Resource: "*",
    Condition: { StringLike: { "kms:ViaService": `${service}.*`, [`kms:EncryptionContext:${context}`]: values } },
  };
}

function document(Statement: readonly Statement[]): object {
  return { Version: "2012-10-17", Statement };
}
