import { UsageError } from "../errors.js";
import type { HeaderFields } from "../aws/http/header-fields.js";

/** One `-H` value: a header to send, or a default header to leave out. */
export type HeaderOption =
  | { readonly kind: "send"; readonly name: string; readonly value: string }
  | { readonly kind: "drop"; readonly name: string };

/** Tells whether a text is a valid method or header name (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

/**
 * Parses a header as curl does: `Name: value`, `Name:` removes a default header, `Name;` sends an empty one. Only the
 * first colon separates.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseHeaderOption(text: string, subject: string): HeaderOption {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?::([^\r\n\0]*)|(;)\s*)$/.exec(text);
  if (match === null) {
    throw new UsageError("ERR_ARGUMENT", `${subject} expects "Name: value" (what is given is not shown)`, {
      hints: [`write ${subject} "Content-Type: application/json", for example`],
    });
  }
  const [, name = "", value = "", empty] = match;
  const trimmed = value.replaceAll(/^[ \t]+|[ \t]+$/g, "");
  if (trimmed === "" && empty === undefined) return { kind: "drop", name };
  return { kind: "send", name, value: trimmed };
}

/** Returns the default headers that the caller does not override, followed by the caller's. */
export function mergeHeaders(defaults: HeaderFields, given: readonly HeaderOption[]): HeaderFields {
  const named = new Set(given.map(({ name }) => name.toLowerCase()));
  return [
    ...defaults.filter(([name]) => !named.has(name.toLowerCase())),
    ...given.flatMap((option) => (option.kind === "send" ? [[option.name, option.value] as const] : [])),
  ];
}
