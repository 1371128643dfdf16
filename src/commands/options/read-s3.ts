import { encodings } from "../../readers/csv/encodings.js";
import { raggedPolicies } from "../../readers/csv/scanner.js";
import { defaultKeyTemplate } from "../../readers/objects/query.js";
import { readingDefaults } from "../../readers/rows/settings.js";
import type { OptionTable } from "../line/arguments.js";
import { credentialSourceOptions } from "../sources/credential-source.js";
import { leastPrivilegeOptions } from "../reading/least-privilege.js";
import { readingOptions } from "../reading/options.js";
import { scanOptions } from "./scan.js";
import { endpointOptions } from "../sources/service-endpoint.js";

const where = "What to read";
const members = "Members";
const csv = "CSV";
const rows = "Rows";
const items = "Items of an export";

export const readS3Options = {
  bucket: { kind: "string", placeholder: "BUCKET", group: where, describe: "bucket name" },
  key: { kind: "string", placeholder: "KEY", group: where, describe: "key of a single object" },
  "version-id": { kind: "string", placeholder: "ID", group: where, describe: "version of that object" },
  folder: { kind: "string", placeholder: "PREFIX", group: where, describe: "value for {folder} in the key template" },
  date: { kind: "string", placeholder: "YYYY-MM-DD", group: where, describe: "day to read" },
  from: { kind: "string", placeholder: "YYYY-MM-DD", group: where, describe: "first day to read" },
  to: { kind: "string", placeholder: "YYYY-MM-DD", group: where, describe: "last day to read" },
  "key-template": {
    kind: "string",
    placeholder: "TEMPLATE",
    group: where,
    default: defaultKeyTemplate,
    describe: "key prefix; may use {folder} {date} {yyyy} {yy} {mm} {dd} {doy} {date:%Y%m%d}",
  },
  "skip-missing": { kind: "boolean", group: where, describe: "ignore days without an object" },
  pick: {
    kind: "string",
    placeholder: "WHICH",
    group: where,
    describe: "which object to read if a prefix has several: newest, first, all, or a glob on their names",
  },
  "dynamodb-export": {
    kind: "boolean",
    group: where,
    describe: "read the items of a DynamoDB export to S3; give its prefix or manifest",
  },
  shard: {
    kind: "string",
    placeholder: "I/N",
    group: where,
    describe:
      "read slice I of N, counted from 0: whole objects, or members if there are fewer objects; auto/N takes I from a Kubernetes Indexed Job, AWS Batch or Slurm array; {shard} in --output and --extract stands for I",
  },
  "requester-pays": {
    kind: "boolean",
    group: where,
    describe: "accept the costs of requests to a bucket whose requester pays",
  },
  "no-sign-request": { kind: "boolean", group: where, describe: "read a public bucket without credentials" },
  "dry-run": { kind: "boolean", group: where, describe: "list what would be read, with sizes" },
  "read-timeout": {
    kind: "integer",
    placeholder: "SECONDS",
    group: where,
    default: readingDefaults.readTimeoutSeconds,
    describe: "retry a response that sends no data for this long",
  },
  member: {
    kind: "list",
    placeholder: "GLOB",
    group: members,
    describe: 'members to read; repeatable; default: "*.csv", ignoring case',
  },
  exclude: { kind: "list", placeholder: "GLOB", group: members, describe: "members to skip; repeatable" },
  "max-expansion": {
    kind: "integer",
    placeholder: "RATIO",
    group: members,
    default: readingDefaults.maxExpansion,
    describe: "refuse members above 64 MiB with a higher compression ratio than this",
  },
  "archive-password-file": {
    kind: "string",
    placeholder: "PATH",
    group: members,
    describe: "file with the password of AES-encrypted ZIP archives in its first line",
  },
  raw: { kind: "boolean", group: members, describe: "write members unchanged, one after the other" },
  extract: {
    kind: "string",
    placeholder: "DIR",
    group: members,
    describe: "extract members as files into this folder",
  },
  delimiter: {
    kind: "string",
    placeholder: "CHARACTER",
    group: csv,
    describe: "field separator: one character, tab, or auto to guess; a comma unless the first line has none",
  },
  header: {
    kind: "string",
    placeholder: "WHICH",
    group: csv,
    describe: "first: the first row has the names; none: column_1 and so on; or the names of a file without a header",
  },
  skip: {
    kind: "integer",
    placeholder: "LINES",
    group: csv,
    describe: "ignore this many lines at the start of a member",
  },
  comment: { kind: "string", placeholder: "CHARACTER", group: csv, describe: "ignore lines that begin with it" },
  quote: {
    kind: "string",
    placeholder: "CHARACTER",
    group: csv,
    describe: 'what fields are quoted with, or none; default "',
  },
  escape: {
    kind: "string",
    placeholder: "CHARACTER",
    group: csv,
    describe: "takes the meaning from a quote, separator, line end or itself, as \\ does in files of Spark",
  },
  null: { kind: "list", placeholder: "TEXT", group: csv, describe: "read cells of this text as null; repeatable" },
  encoding: {
    kind: "string",
    placeholder: "NAME",
    group: csv,
    choices: encodings,
    default: readingDefaults.encoding,
    describe: "text encoding; auto uses the byte order mark, else UTF-8",
  },
  ragged: {
    kind: "string",
    placeholder: "POLICY",
    group: csv,
    choices: raggedPolicies,
    default: readingDefaults.ragged,
    describe: "rows with more or fewer fields than the header: fail, fit (fill with nulls or cut), or skip",
  },
  infer: { kind: "boolean", group: csv, describe: "detect numbers, booleans and dates from the first rows" },
  types: {
    kind: "list",
    placeholder: "NAME:TYPE",
    group: csv,
    describe: "column types, comma-separated: text, integer, number, boolean, date, timestamp, datetime",
  },
  text: {
    kind: "list",
    placeholder: "COLUMN",
    group: csv,
    describe: "do not detect the type of this column with --infer; repeatable",
  },
  "source-column": {
    kind: "boolean",
    group: rows,
    describe: "add the columns source_key and source_member: where a row came from",
  },
  "hive-partitioning": {
    kind: "boolean",
    group: rows,
    describe: "add a column for each folder NAME=VALUE of the key, such as year=2024",
  },
  columns: {
    kind: "list",
    placeholder: "NAMES",
    group: rows,
    describe: "columns to write, in this order, comma-separated",
  },
  where: {
    kind: "list",
    placeholder: "CONDITION",
    group: rows,
    describe: "filter rows, such as 'amount >= 100 and state = open'; repeatable, all must be true",
  },
  numbers: { ...scanOptions.numbers, group: items },
  sets: { ...scanOptions.sets, group: items },
  typed: { ...scanOptions.typed, group: items },
  ...readingOptions,
  ...leastPrivilegeOptions,
  ...credentialSourceOptions,
  ...endpointOptions,
} as const satisfies OptionTable;
