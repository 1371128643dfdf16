import { encodings } from "../../readers/csv/encodings.js";
import { raggedPolicies } from "../../readers/csv/scanner.js";
import { defaultKeyTemplate } from "../../readers/objects/query.js";
import { readingDefaults } from "../../readers/rows/settings.js";
import type { OptionTable } from "../line/arguments.js";
import { credentialSourceOptions } from "../sources/credential-source.js";
import { readingOptions } from "../reading/options.js";
import { scanOptions } from "./scan.js";
import { endpointOptions } from "../sources/service-endpoint.js";

const where = "What to read";
const members = "Members";
const csv = "CSV";
const rows = "Rows";
const items = "Items of an export";

export const readS3Options = {
  bucket: { kind: "string", placeholder: "BUCKET", group: where, describe: "bucket to read from" },
  key: { kind: "string", placeholder: "KEY", group: where, describe: "key of one object" },
  folder: { kind: "string", placeholder: "PREFIX", group: where, describe: "{folder} of the key template" },
  date: { kind: "string", placeholder: "YYYY-MM-DD", group: where, describe: "the day to read" },
  from: { kind: "string", placeholder: "YYYY-MM-DD", group: where, describe: "first of several days" },
  to: { kind: "string", placeholder: "YYYY-MM-DD", group: where, describe: "last of several days" },
  "key-template": {
    kind: "string",
    placeholder: "TEMPLATE",
    group: where,
    default: defaultKeyTemplate,
    describe: "prefix of the keys, made of {folder} {date} {yyyy} {yy} {mm} {dd} {doy} {date:%Y%m%d}",
  },
  "skip-missing": { kind: "boolean", group: where, describe: "a day without an object is no error" },
  pick: {
    kind: "string",
    placeholder: "WHICH",
    group: where,
    describe: "when a prefix holds several objects: newest, first, all, or a glob on their names",
  },
  "dynamodb-export": {
    kind: "boolean",
    group: where,
    describe: "the prefix or manifest is of a DynamoDB export to S3: read its items",
  },
  "dry-run": { kind: "boolean", group: where, describe: "show what would be read, with sizes" },
  "read-timeout": {
    kind: "integer",
    placeholder: "SECONDS",
    group: where,
    default: readingDefaults.readTimeoutSeconds,
    describe: "an answer that brings nothing for so long is asked for again",
  },
  member: {
    kind: "list",
    placeholder: "GLOB",
    group: members,
    describe: 'members to read; repeatable; "*.csv" in any case when not given',
  },
  exclude: { kind: "list", placeholder: "GLOB", group: members, describe: "members to leave out; repeatable" },
  "max-expansion": {
    kind: "integer",
    placeholder: "RATIO",
    group: members,
    default: readingDefaults.maxExpansion,
    describe: "refuse a member above 64 MiB that expands to more than so many times its size",
  },
  raw: { kind: "boolean", group: members, describe: "write the members as they are, one after the other" },
  extract: {
    kind: "string",
    placeholder: "DIR",
    group: members,
    describe: "write the members as files below a folder",
  },
  delimiter: {
    kind: "string",
    placeholder: "CHARACTER",
    group: csv,
    default: readingDefaults.delimiter,
    describe: "between fields: one character, or tab, or auto for a guess",
  },
  encoding: {
    kind: "string",
    placeholder: "NAME",
    group: csv,
    choices: encodings,
    default: readingDefaults.encoding,
    describe: "auto goes by the byte order mark, else UTF-8",
  },
  ragged: {
    kind: "string",
    placeholder: "POLICY",
    group: csv,
    choices: raggedPolicies,
    default: readingDefaults.ragged,
    describe: "rows with more or fewer fields than the header: refuse, fit (fill with nulls or cut), or skip",
  },
  infer: { kind: "boolean", group: csv, describe: "find numbers, booleans and dates by the beginning of the data" },
  text: {
    kind: "list",
    placeholder: "COLUMN",
    group: csv,
    describe: "keep this column as text under --infer; repeatable",
  },
  "source-column": {
    kind: "boolean",
    group: rows,
    describe: "add columns source_key and source_member, which say where a row came from",
  },
  columns: {
    kind: "list",
    placeholder: "NAMES",
    group: rows,
    describe: "columns to write, in this order, with commas between",
  },
  where: {
    kind: "list",
    placeholder: "COMPARISON",
    group: rows,
    describe: "rows to write, such as 'amount >= 100'; repeatable, all must hold",
  },
  numbers: { ...scanOptions.numbers, group: items },
  sets: { ...scanOptions.sets, group: items },
  typed: { ...scanOptions.typed, group: items },
  ...readingOptions,
  ...credentialSourceOptions,
  ...endpointOptions,
} as const satisfies OptionTable;
