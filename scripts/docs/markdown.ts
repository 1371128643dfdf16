/** How a name is written: as a link to where the page explains it, else as code. */
export type Link = (name: string) => string;

export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Writes `{@link …}` of comments as links. */
export function withLinks(text: string, link: Link): string {
  return text.replaceAll(/\{@link\s+([\w.]+)(?:\s*\|?\s*([^}]*))?\}/g, (_, name: string) => link(name));
}

/** Names of error classes stand bare in `@throws`. */
export function withErrorLinks(text: string): string {
  return text.replaceAll(/(?<![\w`])\w+Error(?![\w`])/g, "{@link $&}");
}

/** A type as code, or as a link where it is one name. */
export function formatType(text: string, link: Link): string {
  const flat = text.replaceAll(/\s+/g, " ");
  const linked = link(flat.replace(/^readonly |\[\]$/g, ""));
  return linked.startsWith("[") && /^\w+$/.test(flat) ? linked : `\`${cell(flat)}\``;
}

/** Text that fits into a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll(/(?<!\\)\|/g, "\\|");
}

export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `|${cells.map((text) => (text === "" ? " |" : ` ${text.trim()} |`)).join("")}`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
