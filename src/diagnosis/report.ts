import { oneLine } from "../printable.js";
import type { Finding, Level } from "./finding.js";
import { findingCodes } from "./finding-codes.js";

export interface ReportStyle {
  readonly color: boolean;
  /** Columns of the terminal, at least 40; Infinity disables clipping and wrapping. */
  readonly width: number;
}

const words: Readonly<Record<Level, string>> = { pass: "ok", warn: "warn", fail: "FAIL", skip: "skip" };
const colors: Readonly<Record<Level, string>> = { pass: "32", warn: "33", fail: "31;1", skip: "2" };
const codeColumn = 7;
const nameColumn = 23;
/** More skipped steps are only counted: the report is for people, and JSON names each. */
const maxNamedSteps = 3;
const detailIndent = " ".repeat(4);

/**
 * Renders a finding as one line, with details below for warnings and failures, and after a heading if it starts a
 * section. Returns an empty text for a skipped step, which the verdict names. Colour only repeats what the words say.
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
    // The caller's identity is wrapped, not clipped.
    if (message.length > room && (section === "aws" || section === "methods")) {
      return `${heading}  ${word}${name.trimEnd()}\n${joinLines(wrapped(message, style))}`;
    }
    return `${heading}  ${word}${clip(name + message, style.width - codeColumn)}\n`;
  }
  return `${heading}${renderFault(finding, style)}`;
}

/** The verdict lists skipped steps in one line. Skipped methods have their own lines, since that section is a list. */
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

/** Renders the end of the report: the tally, the skipped steps, and the first failure or the caller's identity. */
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

/** Renders the skipped steps, grouped by reason. */
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

/** Wraps text at white space. A word longer than a line, such as an ARN, is broken at the end of the line. */
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
