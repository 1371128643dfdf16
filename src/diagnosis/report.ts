import { oneLine } from "../printable.js";
import type { Finding, Level } from "./finding.js";
import { findingCodes } from "./finding-codes.js";

export interface ReportStyle {
  readonly color: boolean;
  /** Columns of the terminal, at least 40; infinite where nothing is to be cut or wrapped. */
  readonly width: number;
}

const words: Readonly<Record<Level, string>> = { pass: "ok", warn: "warn", fail: "FAIL", skip: "skip" };
const colors: Readonly<Record<Level, string>> = { pass: "32", warn: "33", fail: "31;1", skip: "2" };
const codeColumn = 7;
const nameColumn = 23;
/** More than these are counted: the report is for people, and JSON names each. */
const maxNamedSteps = 3;
const detailIndent = " ".repeat(4);

/**
 * One line a finding, its detail below where it is not a pass. The words alone carry the meaning; colour only repeats
 * it. Returns the lines of one finding, with the heading of its section when it opens one; nothing for a step that is
 * skipped, which the verdict names.
 */
export function renderFinding(finding: Finding, previous: Finding | undefined, style: ReportStyle): string {
  if (isFolded(finding)) return "";
  const section = findingCodes[finding.code];
  const opens = previous === undefined || findingCodes[previous.code] !== section;
  const heading = opens ? `${previous === undefined ? "" : "\n"}${paint(section, "1", style)}\n` : "";
  const word = paint(words[finding.level].padEnd(codeColumn - 2), colors[finding.level], style);
  const name = oneLine(section === "methods" ? finding.subject : finding.code).padEnd(nameColumn);
  const message = oneLine(finding.message);
  if (finding.level === "pass" || finding.level === "skip") {
    const room = style.width - codeColumn - nameColumn;
    // Who AWS says we are is worth more than one line.
    if (message.length > room && (section === "aws" || section === "methods")) {
      return `${heading}  ${word}${name.trimEnd()}\n${joinLines(wrapped(message, style))}`;
    }
    return `${heading}  ${word}${clip(name + message, style.width - codeColumn)}\n`;
  }
  return `${heading}${renderFault(finding, style)}`;
}

/** Steps that were not taken fold into one line; of the methods each has its own, since it is a list of them. */
function isFolded({ level, code }: Finding): boolean {
  return level === "skip" && findingCodes[code] !== "methods";
}

function renderFault({ code, level, subject, message, hint = "", error }: Finding, style: ReportStyle): string {
  const word = paint(words[level].padEnd(codeColumn - 2), colors[level], style);
  const first = `  ${word}${clip(`${code.padEnd(nameColumn)}${oneLine(subject)}`, style.width - codeColumn)}\n`;
  const next = hint === "" ? [] : wrapped(`-> ${oneLine(hint)}`, style);
  const cause = error === undefined ? "" : ` (${error})`;
  return first + joinLines([...wrapped(oneLine(message) + cause, style), ...next]);
}

/** How it ends: the tally, what was left out, and last of all what to do first, or whose credentials these are. */
export function renderVerdict(findings: readonly Finding[], style: ReportStyle, subject?: string): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const plural = count("warn") === 1 ? "warning" : "warnings";
  const tally = `${count("pass")} ok, ${count("warn")} ${plural}, ${count("fail")} failed, ${count("skip")} skipped.`;
  return `\n${joinLines([tally, ...renderSkipped(findings, style)])}${renderEnd(findings, style, subject)}`;
}

function renderEnd(findings: readonly Finding[], style: ReportStyle, subject: string | undefined): string {
  const failure = findings.find(({ level }) => level === "fail");
  if (failure !== undefined) return renderFault(failure, style);
  const warning = findings.find(({ level }) => level === "warn");
  const advice =
    warning === undefined ? [] : wrapText(`Worth a look: ${warning.code}: ${oneLine(adviceOf(warning))}`, style.width);
  const lines = [...advice, ...wrapText(outcomeOf(findings, subject), style.width)];
  return joinLines(lines.map((line, index) => (index === lines.length - 1 ? paint(line, "1", style) : line)));
}

function adviceOf({ hint = "", message }: Finding): string {
  return hint === "" ? message : hint;
}

function outcomeOf(findings: readonly Finding[], subject: string | undefined): string {
  const caller = findings.find(({ identity }) => identity !== undefined)?.identity;
  if (caller === undefined) return subject === undefined ? "Nothing failed." : `${subject}: nothing failed.`;
  return `${subject ?? "It"} works: you are ${oneLine(caller.arn)}, until ${caller.until}`;
}

/** Steps by the reason why they were not taken. */
function renderSkipped(findings: readonly Finding[], style: ReportStyle): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const { code, message } of findings.filter(isFolded))
    byReason.set(message, [...(byReason.get(message) ?? []), code]);
  if (byReason.size === 0) return [];
  const parts = [...byReason].map(([reason, codes]) => {
    const what = codes.length > maxNamedSteps ? `${codes.length} steps` : codes.join(", ");
    return `${what} (${oneLine(reason)})`;
  });
  return wrapText(`Skipped: ${parts.join("; ")}`, style.width);
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Breaks text at blanks; a word longer than a line, such as an ARN, is broken where the line ends. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    for (const piece of pieces(word, width)) {
      if (line === "") line = piece;
      else if (line.length + 1 + piece.length <= width) line += ` ${piece}`;
      else {
        lines.push(line);
        line = piece;
      }
    }
  }
  return [...lines, line];
}

function pieces(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return Array.from({ length: Math.ceil(word.length / width) }, (_, index) =>
    word.slice(index * width, (index + 1) * width),
  );
}

function wrapped(text: string, { width }: ReportStyle): readonly string[] {
  return wrapText(text, width - detailIndent.length).map((line) => detailIndent + line);
}

function clip(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function paint(text: string, code: string, { color }: ReportStyle): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text;
}
