/** Headers in the order in which they are sent; a name may occur more than once. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** Returns the first header of this name, with white space around its value removed. */
export function findHeader(fields: HeaderFields, name: string): string | undefined {
  const lower = name.toLowerCase();
  return fields.find(([field]) => field.toLowerCase() === lower)?.[1].trim();
}

/** @param names In lower case. */
export function withoutHeaders(fields: HeaderFields, names: readonly string[]): HeaderFields {
  return fields.filter(([field]) => !names.includes(field.toLowerCase()));
}

/** Returns headers by name in lower case; repeated ones are joined with `, ` (RFC 9110 §5.3). */
export function joinHeaders(fields: HeaderFields): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of fields) {
    const earlier = joined.get(name.toLowerCase());
    joined.set(name.toLowerCase(), earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return Object.fromEntries(joined);
}
