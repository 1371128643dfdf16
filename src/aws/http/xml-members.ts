const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Returns the text of the first element of a name in a query service's XML, such as STS's; undefined without one. */
export function xmlMember(text: string, name: string): string | undefined {
  const found = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(text)?.[1];
  return found?.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (entity, hex?: string, decimal?: string, word = "") =>
    hex === undefined && decimal === undefined
      ? (entities[word] ?? entity)
      : decode(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16), entity),
  );
}

function decode(code: number, entity: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
}
