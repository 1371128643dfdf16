import { plainStyle } from "../../readers/items/transcode.js";
import { scanDefaults } from "../../readers/scan/request.js";
import type { OptionTable } from "../line/arguments.js";

const what = "What to read";
const how = "How to read";
const form = "Form of items";

/** Flags of `scan` alone. */
export const scanOptions = {
  index: { kind: "string", placeholder: "NAME", group: what, describe: "read this index of the table" },
  "consistent-read": { kind: "boolean", group: what, describe: "read strongly consistently, at twice the cost" },
  filter: {
    kind: "string",
    placeholder: "EXPRESSION",
    group: what,
    describe: "a DynamoDB filter expression; attribute names stand for themselves, odd ones in double quotes",
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
    describe: 'values of the filter, plain or as DynamoDB JSON: {":s":"open",":n":{"N":"1"}}',
  },
  names: { kind: "string", placeholder: "JSON", group: what, describe: 'your own # names: {"#s":"state"}' },
  segments: {
    kind: "string",
    placeholder: "N",
    default: "auto",
    group: how,
    describe: "segments of this run, at most 12 of them read at once; auto goes by the table's size",
  },
  shard: {
    kind: "string",
    placeholder: "I/N",
    group: how,
    describe: "read slice I of N, counted from 0; auto/N takes I from a Kubernetes Indexed Job or an AWS Batch array",
  },
  "max-rcu": {
    kind: "integer",
    placeholder: "N",
    group: how,
    describe: "spend at most this many read capacity units a second, on average",
  },
  order: {
    kind: "string",
    choices: ["none", "segment"],
    default: scanDefaults.order,
    group: how,
    describe: "none: as items arrive; segment: the same order at each run, held in files until all are there",
  },
  checkpoint: {
    kind: "string",
    placeholder: "FILE",
    group: how,
    describe: "keep here how far the scan has come, and go on from it when run again",
  },
  timeout: {
    kind: "integer",
    placeholder: "SECONDS",
    default: scanDefaults.timeoutSeconds,
    group: how,
    describe: "silence of the service after which a request is tried again",
  },
  numbers: {
    kind: "string",
    choices: ["auto", "string", "number", "json"],
    default: plainStyle.numbers,
    group: form,
    describe:
      "auto: a JSON number where a double holds it exactly, else a string; number: rounded to a double; json: a JSON number with every digit",
  },
  sets: {
    kind: "string",
    choices: ["array", "tagged"],
    default: plainStyle.sets,
    group: form,
    describe: 'tagged: sets as {"SS":[…]}, {"NS":[…]}, {"BS":[…]}, to tell them from lists',
  },
  typed: { kind: "boolean", group: form, describe: "DynamoDB JSON as it came" },
  columns: {
    kind: "string",
    placeholder: "NAMES",
    group: form,
    describe: "attributes that become columns, comma-separated; found by a first pass unless given",
  },
  "output-dir": {
    kind: "string",
    placeholder: "DIR",
    group: "Output",
    describe: "write one file for each segment into this folder",
  },
} as const satisfies OptionTable;
