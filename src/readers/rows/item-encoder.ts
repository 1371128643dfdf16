/** Encodes JSON objects without a common schema. */
export interface ItemEncoder {
  /** @param items JSON texts, one object each, without line breaks outside of strings. */
  encode(items: readonly string[]): Uint8Array;
  /** @returns The rest of the document. Call once, last. */
  finish(): Uint8Array;
}

const nothing = new Uint8Array(0);

/** NDJSON: one object a line. JSON: one array with an object on each line. */
export function createItemEncoder(format: "ndjson" | "json"): ItemEncoder {
  if (format === "ndjson") {
    return {
      encode: (items) => (items.length === 0 ? nothing : Buffer.from(`${items.join("\n")}\n`)),
      finish: () => nothing,
    };
  }
  let opened = false;
  return {
    encode(items) {
      if (items.length === 0) return nothing;
      const lead = opened ? ",\n" : "[\n";
      opened = true;
      return Buffer.from(lead + items.join(",\n"));
    },
    finish: () => Buffer.from(opened ? "\n]\n" : "[]\n"),
  };
}
