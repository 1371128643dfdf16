import type { Command } from "../command.js";
import { credentialSourceConflicts } from "../sources/credential-source.js";
import { readS3Options } from "../options/read-s3.js";
import { formatScopeOf } from "../sources/print-scope.js";
import { leastPrivilegeConflicts } from "./least-privilege.js";
import { leastPrivilegeOf, toReadS3Input } from "./read-s3-request.js";
import type { ReadS3Input } from "./read-s3-request.js";

export const readS3: Command<typeof readS3Options, ReadS3Input> = {
  name: "read-s3",
  description:
    "Reads CSV from archives on S3 and writes it as a table: ZIP and tar with any number of members, gzip, zstd or plain, told by content. Of a ZIP archive only the members that are wanted are fetched, in parallel, checked against their CRC-32, and resumed where a connection breaks.",
  positionals: {
    usage: "[s3://BUCKET/KEY…]",
    describe: "objects, or prefixes that end in a slash",
    minimum: 0,
    maximum: 1000,
  },
  lasting: true,
  options: readS3Options,
  conflicts: [
    ...credentialSourceConflicts,
    ...leastPrivilegeConflicts,
    ["key", "key-template"],
    ["key", "folder"],
    ["no-sign-request", "profile"],
    ["no-sign-request", "certificate"],
    ["no-sign-request", "requester-pays"],
    ["no-sign-request", "least-privilege"],
    ["date", "from"],
    ["date", "to"],
    ["raw", "extract"],
    ["raw", "format"],
    ["extract", "format"],
    ["extract", "output"],
    ["raw", "dynamodb-export"],
    ["extract", "dynamodb-export"],
    ["dry-run", "dynamodb-export"],
    ["infer", "dynamodb-export"],
    ["where", "dynamodb-export"],
    ["member", "dynamodb-export"],
    ["exclude", "dynamodb-export"],
    ["source-column", "dynamodb-export"],
    ["archive-password-file", "dynamodb-export"],
    ["hive-partitioning", "dynamodb-export"],
    ["hive-partitioning", "raw"],
    ["hive-partitioning", "extract"],
  ],
  examples: [
    {
      command: "rolesanywhere-ts read-s3 --bucket acme --folder reports --date 2024-01-15 --profile app",
      describe: "The day's archive under reports/2024-01-15/ as one CSV",
    },
    {
      command:
        "rolesanywhere-ts read-s3 s3://acme/reports/2024-01-15/report.zip --format parquet --output report.parquet",
      describe: "A file that pandas, polars and DuckDB open",
    },
    {
      command:
        "rolesanywhere-ts read-s3 s3://acme/reports/2024-01-15/report.zip --output s3://acme/tables/2024-01-15.parquet",
      describe: "ZIP in, Parquet out: an object that appears whole or not at all",
    },
    {
      command:
        'rolesanywhere-ts read-s3 --bucket acme --folder sales --from 2024-01-01 --to 2024-01-31 --skip-missing --format ndjson --where "amount >= 100"',
      describe: "A month, filtered, one JSON object a line",
    },
    {
      command: "rolesanywhere-ts read-s3 s3://acme/export/AWSDynamoDB/01700000000000-abcdef01/ --dynamodb-export",
      describe: "The items of a DynamoDB export",
    },
    {
      command:
        "rolesanywhere-ts read-s3 s3://acme/reports/2024-01-15/report.zip --settings-profile app --least-privilege",
      describe: "With a session that may read this object and nothing else",
    },
  ],
  toInput: toReadS3Input,
  async run(input, invocation) {
    const { options } = input;
    if (options["print-scope"] === true) {
      return { stdout: formatScopeOf(options, leastPrivilegeOf(input), invocation), exitStatus: 0 };
    }
    const { runReadS3 } = await import("./read-s3-run.js");
    return runReadS3(input, invocation);
  },
};
