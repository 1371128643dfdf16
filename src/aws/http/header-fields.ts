/** Header fields in the order in which they go on the wire; a name may occur more than once. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** The first field of this name, without the white space around its value. */
export function findHeader(fields: HeaderFields, name: string): string | undefined {
  const lower = name.toLowerCase();
  return fields.find(([field]) => field.toLowerCase() === lower)?.[1].trim();
}

/** @param names In lower case. */
export function withoutHeaders(fields: HeaderFields, names: readonly string[]): HeaderFields {
  return fields.filter(([field]) => !names.includes(field.toLowerCase()));
}
