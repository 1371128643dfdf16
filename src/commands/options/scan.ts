import { plainStyle } from "../../readers/items/transcode.js";
import { scanDefaults } from "../../readers/scan/request.js";
import type { OptionTable } from "../line/arguments.js";

const what = "What to read";
const how = "How to read";
const form = "Form of items";

/** Flags that only `scan` has. */
export const scanOptions = {
  index: { kind: "string", placeholder: "NAME", group: what, describe: "index to read" },
  key: {
    kind: "string",
    placeholder: "CONDITION",
    group: what,
    describe:
      "query the items of one partition key: 'pk = x and sk begins_with y'; with --index, of a key of the index",
  },
  reverse: { kind: "boolean", group: what, describe: "with --key: in descending order of the sort key" },
  "consistent-read": { kind: "boolean", group: what, describe: "use strongly consistent reads, at twice the cost" },
  where: {
    kind: "list",
    placeholder: "CONDITION",
    group: what,
    describe: "filter items, such as 'state = open and total >= 100'; repeatable, all must be true",
  },
  filter: {
    kind: "string",
    placeholder: "EXPRESSION",
    group: what,
    describe: "DynamoDB filter expression; reserved words need no alias, put unusual names in double quotes",
  },
  projection: {
    kind: "string",
    placeholder: "PATHS",
    group: what,
    describe: "attributes to return, comma-separated: id,address.city,lines[0]",
  },
  values: {
    kind: "string",
    placeholder: "JSON",
    group: what,
    describe: 'values for the filter, as plain or DynamoDB JSON: {":s":"open",":n":{"N":"1"}}',
  },
  names: { kind: "string", placeholder: "JSON", group: what, describe: 'your own # aliases: {"#s":"state"}' },
  segments: {
    kind: "string",
    placeholder: "N",
    default: "auto",
    group: how,
    describe: "segments of this run, at most 12 in parallel; auto depends on the table size",
  },
  shard: {
    kind: "string",
    placeholder: "I/N",
    group: how,
    describe:
      "read slice I of N, counted from 0; auto/N takes I from a Kubernetes Indexed Job, AWS Batch or Slurm array; {shard} in --output, --output-dir and --checkpoint stands for I",
  },
  "max-rcu": {
    kind: "integer",
    placeholder: "N",
    group: how,
    describe: "maximum read capacity units per second, on average",
  },
  order: {
    kind: "string",
    choices: ["none", "segment"],
    default: scanDefaults.order,
    group: how,
    describe: "none: as items arrive; segment: the same order in each run, buffered in files",
  },
  checkpoint: {
    kind: "string",
    placeholder: "FILE",
    group: how,
    describe: "save progress in this file, and resume from it",
  },
  timeout: {
    kind: "integer",
    placeholder: "SECONDS",
    default: scanDefaults.timeoutSeconds,
    group: how,
    describe: "retry a request after this time without data",
  },
  numbers: {
    kind: "string",
    choices: ["auto", "string", "number", "json"],
    default: plainStyle.numbers,
    group: form,
    describe:
      "auto: a JSON number if a double is exact, else a string; number: rounded to a double; json: a JSON number with all digits",
  },
  sets: {
    kind: "string",
    choices: ["array", "tagged"],
    default: plainStyle.sets,
    group: form,
    describe: 'tagged: sets as {"SS":[…]}, {"NS":[…]}, {"BS":[…]}, to distinguish them from lists',
  },
  typed: { kind: "boolean", group: form, describe: "print DynamoDB JSON unchanged" },
  columns: {
    kind: "string",
    placeholder: "NAMES",
    group: form,
    describe: "attributes to use as columns, comma-separated; default: all, found in a first pass",
  },
  "output-dir": {
    kind: "string",
    placeholder: "DIR",
    group: "Output",
    describe: "write one file per segment into this folder",
  },
} as const satisfies OptionTable;
