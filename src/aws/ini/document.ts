// A shared config file as lines that can be written back byte for byte.
//
// Lines are interpreted as in botocore, whose parser (Python's configparser) is the strictest reader: a line that is
// indented deeper than the option above continues that option, `#` and `;` begin comments only at the start of a line,
// and both `=` and `:` end a key.

interface Line {
  /** The whole line except its line end. */
  readonly text: string;
  /** `\n`, `\r\n`, `\r`, or empty on a last line without one. */
  readonly end: string;
}

export interface HeaderLine extends Line {
  readonly kind: "header";
  /** The text between the brackets, trimmed: `default`, `profile "my role"`. */
  readonly header: string;
}

export interface OptionLine extends Line {
  readonly kind: "option";
  /** In lower case, as readers compare keys. */
  readonly key: string;
  readonly value: string;
}

export interface ContinuationLine extends Line {
  readonly kind: "continuation";
  readonly value: string;
}

export interface OtherLine extends Line {
  /** `stray` is a line that no reader understands: text before the first header, a line without `=`. */
  readonly kind: "blank" | "comment" | "stray";
}

export type IniLine = HeaderLine | OptionLine | ContinuationLine | OtherLine;

export interface IniDocument {
  /** The byte order mark, if there is one. */
  readonly mark: string;
  readonly lines: readonly IniLine[];
}

/**
 * Parses a file. It may be decoded as UTF-8 or, to keep bytes that are not UTF-8, as Latin-1: only ASCII characters
 * matter here.
 */
export function parseIni(text: string): IniDocument {
  const mark = markOf(text);
  const lines: IniLine[] = [];
  let withinSection = false;
  /** Indentation of the option that a deeper line continues. */
  let optionIndent = Number.POSITIVE_INFINITY;
  for (const [, body = "", end = ""] of text.slice(mark.length).matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    if (body === "" && end === "") break;
    const line = classify({ text: body, end }, withinSection, optionIndent);
    if (line.kind === "header") {
      withinSection = true;
      optionIndent = Number.POSITIVE_INFINITY;
    } else if (line.kind === "option" || (line.kind === "stray" && optionIndent !== Number.POSITIVE_INFINITY)) {
      optionIndent = indentOf(line).length;
    }
    lines.push(line);
  }
  return { mark, lines };
}

/** Returns the text that the document was parsed from. */
export function formatIni({ mark, lines }: IniDocument): string {
  return mark + lines.map(({ text, end }) => text + end).join("");
}

/** Returns the blanks at the start of a line. */
export function indentOf({ text }: { readonly text: string }): string {
  return /^[ \t\f\v]*/.exec(text)?.[0] ?? "";
}

export interface IniSection {
  readonly header: string;
  /** In file order. The lines of a value are joined by `\n`, so a nested block begins with `\n`. */
  readonly options: readonly { readonly key: string; readonly value: string }[];
}

/** Returns the sections as readers see them, in order; repeated ones are not merged. */
export function readSections({ lines }: IniDocument): readonly IniSection[] {
  const sections: { header: string; options: { key: string; value: string }[] }[] = [];
  let blankLines = "";
  for (const line of lines) {
    const options = sections.at(-1)?.options;
    const option = options?.at(-1);
    if (line.kind === "header") sections.push({ header: line.header, options: [] });
    else if (line.kind === "option") options?.push({ key: line.key, value: line.value });
    else if (line.kind === "continuation" && option !== undefined) option.value += `${blankLines}\n${line.value}`;
    if (line.kind === "blank") blankLines += "\n";
    else if (line.kind !== "comment" && line.kind !== "stray") blankLines = "";
  }
  return sections;
}

/** The text of one section, header line included. */
export interface SectionText {
  readonly header: string;
  readonly content: string;
}

/**
 * Splits a file into its sections without reading their keys. Nothing continues past a line that begins with `[`; only a
 * file with indented headers has to be read whole.
 */
export function splitSections(text: string): readonly SectionText[] {
  const content = text.slice(markOf(text).length);
  const sections: { header: string; content: string }[] = [];
  // Only CR and LF end a line here, so `^` would match at too many places.
  if (/(?<![^\r\n])[ \t\f\v]+\[/.test(content)) {
    for (const line of parseIni(content).lines) {
      if (line.kind === "header") sections.push({ header: line.header, content: "" });
      const last = sections.at(-1);
      if (last !== undefined) last.content += line.text + line.end;
    }
    return sections;
  }
  let end = content.length;
  for (const { index, 0: line } of [...content.matchAll(/(?<![^\r\n])\[[^\r\n]*/g)].toReversed()) {
    const header = headerOf(trimBlanks(line));
    if (header === undefined) continue;
    sections.push({ header, content: content.slice(index, end) });
    end = index;
  }
  return sections.reverse();
}

function markOf(text: string): string {
  return /^(?:\uFEFF|\xEF\xBB\xBF)/.exec(text)?.[0] ?? "";
}

function headerOf(value: string): string | undefined {
  const header = /^\[(.+)\]/.exec(value.replace(/[ \t\f\v][#;].*$/, ""))?.[1];
  return header === undefined ? undefined : trimBlanks(header);
}

function classify(line: Line, withinSection: boolean, optionIndent: number): IniLine {
  const value = trimBlanks(line.text);
  if (value === "") return { ...line, kind: "blank" };
  if (value.startsWith("#") || value.startsWith(";")) return { ...line, kind: "comment" };
  if (indentOf(line).length > optionIndent) return { ...line, kind: "continuation", value };
  const header = headerOf(value);
  if (header !== undefined) return { ...line, kind: "header", header };
  const option = withinSection ? /^([^=:]+)[=:](.*)$/.exec(value) : null;
  if (option === null) return { ...line, kind: "stray" };
  const [, key = "", text = ""] = option;
  return { ...line, kind: "option", key: trimBlanks(key).toLowerCase(), value: trimBlanks(text) };
}

/** Trims only ASCII blanks: in Latin-1, a no-break space is the second byte of many letters. */
function trimBlanks(text: string): string {
  return text.replaceAll(/^[ \t\f\v]+|[ \t\f\v]+$/g, "");
}
