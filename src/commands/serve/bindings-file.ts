import { quoteValue } from "../../aws/inline-value.js";
import { UsageError } from "../../errors.js";
import type { SettingSources } from "../../settings/lookup.js";
import type { OptionKind, OptionTable } from "../line/arguments.js";
import { nearest } from "../../settings/nearest.js";

/** One binding as given in a file or on the command line, before settings are resolved. */
export interface BindingEntry {
  readonly name: string | undefined;
  readonly tokenFile: string | undefined;
  readonly hopArns: readonly string[];
  readonly flags: SettingSources["flags"];
}

const ownMembers = {
  name: { kind: "string", describe: "names the binding in paths and metrics" },
  "token-file": { kind: "string", describe: "its token" },
  "allow-role-arn": { kind: "list", describe: "roles that its token opens" },
} as const satisfies OptionTable;

/**
 * Parses a bindings file: a JSON array of objects whose members are flags without their dashes.
 *
 * @param table The flags that a binding can set.
 * @param subject The file's name in messages.
 * @throws UsageError `ERR_INPUT`
 */
export function parseBindings(text: string, table: OptionTable, subject: string): readonly BindingEntry[] {
  const document = parseJson(text, subject);
  if (!Array.isArray(document) || document.length === 0) {
    throw fault(`${subject} is not a JSON array of bindings`, 'write [{"name": "reader", "role-arn": "arn:…"}]');
  }
  return document.map((entry: unknown, index) =>
    parseEntry(entry, { ...table, ...ownMembers }, `binding ${index + 1} of ${subject}`),
  );
}

function parseEntry(entry: unknown, table: OptionTable, subject: string): BindingEntry {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    throw fault(`${subject} is not a JSON object`, 'write {"name": "reader", "role-arn": "arn:…"}');
  }
  for (const [member, value] of Object.entries(entry)) {
    const kind = Object.hasOwn(table, member) ? table[member]?.kind : undefined;
    if (kind === undefined) {
      const near = nearest(member, Object.keys(table));
      throw fault(
        `${subject} has the unknown member ${quoteValue(member)}`,
        near === undefined ? "members are flags without their dashes" : `did you mean "${near}"?`,
      );
    }
    if (!fits(kind, value)) throw fault(`${subject} has a "${member}" that is not ${nouns[kind]}`, `see --${member}`);
  }
  const {
    name,
    "token-file": tokenFile,
    "allow-role-arn": hopArns,
    ...flags
  } = entry as Readonly<Record<string, string | number | boolean | readonly string[]>>;
  if (name !== undefined && !/^[\w+=,.@-]{1,64}$/.test(name as string)) {
    throw fault(
      `${subject} has the name ${quoteValue(String(name))}, expected 1-64 characters of A-Z a-z 0-9 _ + = , . @ -`,
      "rename it",
    );
  }
  return {
    name: name as string | undefined,
    tokenFile: tokenFile as string | undefined,
    hopArns: (hopArns as readonly string[] | undefined) ?? [],
    flags,
  };
}

const nouns = {
  string: "a string",
  boolean: "true or false",
  integer: "a whole number",
  list: "an array of strings",
} as const satisfies Record<OptionKind, string>;

function fits(kind: OptionKind, value: unknown): boolean {
  switch (kind) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return Number.isSafeInteger(value);
    case "list":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw fault(`${subject} is not valid JSON`, 'write [{"name": "reader", "role-arn": "arn:…"}]');
  }
}

function fault(message: string, hint: string): UsageError {
  return new UsageError("ERR_INPUT", message, { hints: [hint] });
}
