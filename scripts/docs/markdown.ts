/** Formats a name: as a link to its section of the page, else as code. */
export type Link = (name: string) => string;

export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Writes `{@link …}` of comments as links. */
export function withLinks(text: string, link: Link): string {
  return text.replaceAll(/\{@link\s+([\w.]+)(?:\s*\|?\s*([^}]*))?\}/g, (_, name: string) => link(name));
}

/** Links error classes, whose names have no markup in `@throws`. */
export function withErrorLinks(text: string): string {
  return text.replaceAll(/(?<![\w`])\w+Error(?![\w`])/g, "{@link $&}");
}

/** Formats a type as code, or as a link if it is a single name. */
export function formatType(text: string, link: Link): string {
  const flat = text.replaceAll(/\s+/g, " ");
  const linked = link(flat.replace(/^readonly |\[\]$/g, ""));
  return linked.startsWith("[") && /^\w+$/.test(flat) ? linked : `\`${cell(flat)}\``;
}

/** Escapes text for a table cell. */
export function cell(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").replaceAll(/(?<!\\)\|/g, "\\|");
}

export function formatTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `|${cells.map((text) => (text === "" ? " |" : ` ${text.trim()} |`)).join("")}`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
