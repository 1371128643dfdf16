import { UsageError } from "../../errors.js";
import { formatIni, indentOf, parseIni, type HeaderLine, type IniDocument, type IniLine } from "./document.js";

export interface SectionEdit {
  /** Tells by its header whether to edit a section. */
  readonly matches: (header: string) => boolean;
  /** The header of a section to add if none matches. */
  readonly header: string;
  /**
   * New values by key in lower case, in the order in which new keys are added; undefined removes a key. A key in
   * `replaceOnly` is ignored if it is absent.
   */
  readonly changes: Readonly<Record<string, string | undefined>>;
  readonly replaceOnly?: readonly string[];
  /** Keeps each replaced or removed line as a comment after this remark. */
  readonly remark?: string;
}

/**
 * Edits the keys of one section. Every other byte stays unchanged: comments, order, other keys, line ends, a missing
 * last line end. Of a repeated key, only the last one is kept, because some readers refuse repetitions and the others
 * use the last.
 *
 * @throws UsageError `ERR_OUTPUT` when the header, a key or a value contains a control character, which could start
 *   additional lines.
 * @param text Decoded as Latin-1 if the file may contain bytes that are not UTF-8; then encode values in the same way.
 */
export function editIniSection(text: string, edit: SectionEdit): string {
  refuseControls(edit);
  const document = parseIni(text);
  const lines = [...document.lines];
  const { changes, replaceOnly = [] } = edit;
  const adds = Object.entries(changes).some(([key, value]) => value !== undefined && !replaceOnly.includes(key));
  if (adds && !lines.some((line) => isTarget(line, edit))) appendSection(lines, document, edit);
  if (adds) removeHeaderBlanks(lines, edit);
  for (const [key, value] of Object.entries(changes)) {
    const found = positionsOf(lines, key, edit);
    const kept = value === undefined ? undefined : found.pop();
    if (value !== undefined && kept !== undefined) {
      const old = remember(lines, kept, edit, value);
      replaceValue(lines, kept, key, value);
      lines.splice(kept, 0, ...old);
    }
    for (const position of found.reverse()) {
      const old = remember(lines, position, edit);
      removeOption(lines, position);
      lines.splice(position, 0, ...old);
    }
    if (value !== undefined && kept === undefined && !replaceOnly.includes(key)) {
      insertOption(lines, key, value, edit);
    }
  }
  return formatIni({ ...document, lines });
}

/** Refuses ASCII control characters only: in Latin-1, those above 0x7f may be bytes of letters. */
function refuseControls({ header, changes }: SectionEdit): void {
  const parts = [["the section's name", header], ...Object.entries(changes)] as const;
  for (const [name, value] of parts) {
    if (value === undefined || !/[\u0000-\u001f\u007f]/.test(name + value)) continue;
    // Does not show the value, which may be a secret.
    throw new UsageError(
      "ERR_OUTPUT",
      `${JSON.stringify(name)} holds a control character, which the file cannot carry`,
      {
        hints: ["give the value without it; a line end may have been copied with it"],
      },
    );
  }
}

function isTarget(line: IniLine, { matches }: SectionEdit): line is HeaderLine {
  return line.kind === "header" && matches(line.header);
}

/** Unlike other readers, botocore does not find the profile of `[ p ]`. Two such sections are left unchanged. */
function removeHeaderBlanks(lines: IniLine[], edit: SectionEdit): void {
  const [position, ...others] = lines.flatMap((line, index) => (isTarget(line, edit) ? [index] : []));
  const line = position === undefined ? undefined : lines[position];
  if (position === undefined || line?.kind !== "header" || others.length > 0) return;
  const [, before = "", after = ""] = /^([ \t\f\v]*)\[.+?\](.*)$/.exec(line.text) ?? [];
  const text = `${before}[${line.header}]${after}`;
  if (text.length < line.text.length) lines[position] = { ...line, text };
}

function positionsOf(lines: readonly IniLine[], key: string, edit: SectionEdit): number[] {
  let within = false;
  return lines.flatMap((line, position) => {
    if (line.kind === "header") within = isTarget(line, edit);
    return within && line.kind === "option" && line.key === key ? [position] : [];
  });
}

/** Returns an option's lines as comments, if they must be kept and differ from the new value. */
function remember(lines: readonly IniLine[], position: number, { remark }: SectionEdit, value?: string): IniLine[] {
  const line = lines[position];
  if (remark === undefined || line?.kind !== "option" || line.value === value) return [];
  const next = lines.findIndex(({ kind }, index) => index > position && (kind === "option" || kind === "header"));
  const continued = lines
    .slice(position + 1, next === -1 ? lines.length : next)
    .filter(({ kind }) => kind === "continuation");
  const end = line.end === "" ? commonEnd(lines) : line.end;
  return [line, ...continued].map(({ text }) => ({ kind: "comment", text: `# ${remark}${text}`, end }));
}

/** Keeps the indentation, and the blanks around `=` if every reader finds the key as written. */
function replaceValue(lines: IniLine[], position: number, key: string, value: string): void {
  removeContinuations(lines, position);
  const line = lines[position] as IniLine;
  const start = /^[ \t\f\v]*([^=:]*?)[ \t\f\v]*=[ \t\f\v]*/.exec(line.text);
  const prefix = start?.[1] === key ? start[0] : `${indentOf(line)}${key} = `;
  lines[position] = { kind: "option", key, value, text: prefix + value, end: line.end };
}

function removeOption(lines: IniLine[], position: number): void {
  removeContinuations(lines, position);
  lines.splice(position, 1);
}

/** Keeps comments and blank lines between the lines of a value. */
function removeContinuations(lines: IniLine[], position: number): void {
  for (let next = position + 1; next < lines.length; next++) {
    const { kind } = lines[next] as IniLine;
    if (kind === "header" || kind === "option") return;
    if (kind === "continuation") lines.splice(next--, 1);
  }
}

function insertOption(lines: IniLine[], key: string, value: string, edit: SectionEdit): void {
  const header = lines.findLastIndex((line) => isTarget(line, edit));
  const { after, indent } = findPlace(lines, header);
  insertLine(lines, after, { kind: "option", key, value, text: `${indent}${key} = ${value}` });
}

/**
 * Finds the place after the last plain option of the section and before any nested block, because one reader lets a
 * block swallow indented lines after it. The indentation prevents continuations in both directions.
 */
function findPlace(lines: readonly IniLine[], header: number): { readonly after: number; readonly indent: string } {
  let after = header;
  let indent: string | undefined;
  /** The indentation of the option that a deeper line would continue, as in the parser. */
  let level: string | undefined;
  for (let position = header + 1; position < lines.length; position++) {
    const line = lines[position] as IniLine;
    const isBlock = line.kind === "option" && line.value === "";
    if (line.kind === "header" || isBlock) return { after, indent: indent ?? indentOf(line) };
    if (line.kind === "stray" && level === undefined) after = position;
    else if (line.kind === "option" || line.kind === "stray") level = indentOf(line);
    if (line.kind === "option" || line.kind === "continuation") [after, indent] = [position, level];
  }
  return { after, indent: indent ?? "" };
}

function insertLine(
  lines: IniLine[],
  after: number,
  line: { kind: "option"; key: string; value: string; text: string },
) {
  const before = lines[after] as IniLine;
  lines[after] = { ...before, end: before.end === "" ? commonEnd(lines) : before.end };
  lines.splice(after + 1, 0, { ...line, end: before.end });
}

function appendSection(lines: IniLine[], { mark }: IniDocument, { header }: SectionEdit): void {
  const last = lines.at(-1);
  const end = last === undefined || last.end === "" ? commonEnd(lines) : last.end;
  if (last?.end === "") lines[lines.length - 1] = { ...last, end };
  if (last !== undefined && last.kind !== "blank") lines.push({ kind: "blank", text: "", end });
  // Some readers cannot read the first line after a byte order mark, so a header is never placed there.
  if (last === undefined && mark !== "") lines.push({ kind: "blank", text: "", end });
  lines.push({ kind: "header", header, text: `[${header}]`, end });
}

/** Returns the line end of the file. */
function commonEnd(lines: readonly IniLine[]): string {
  return lines.find(({ end }) => end !== "")?.end ?? "\n";
}
