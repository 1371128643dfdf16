import { oneLine } from "../printable.js";
import type { Finding, Level } from "./finding.js";
import { findingCodes } from "./finding-codes.js";

export interface ReportStyle {
  readonly color: boolean;
  /** Columns of the terminal, at least 40. */
  readonly width: number;
}

const words: Readonly<Record<Level, string>> = { pass: "ok", warn: "warn", fail: "FAIL", skip: "skip" };
const colors: Readonly<Record<Level, string>> = { pass: "32", warn: "33", fail: "31;1", skip: "2" };
const codeColumn = 7;
const nameColumn = 23;
const detailIndent = " ".repeat(4);

/**
 * One line a finding, its detail below where it is not a pass. The words alone carry the meaning; colour only repeats
 * it. Returns the lines of one finding, with the heading of its section when it opens one.
 */
export function renderFinding(finding: Finding, previous: Finding | undefined, style: ReportStyle): string {
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
      return `${heading}  ${word}${name.trimEnd()}
${wrapped(message, style)
  .map(
    (text) => `${text}
`,
  )
  .join("")}`;
    }
    return `${heading}  ${word}${clip(name + message, style.width - codeColumn)}
`;
  }
  const body = [
    `${finding.code.padEnd(nameColumn)}${oneLine(finding.subject)}`,
    ...wrapped(oneLine(finding.message), style),
  ];
  const hint = finding.hint === undefined || finding.hint === "" ? [] : wrapped(`-> ${oneLine(finding.hint)}`, style);
  const [first = "", ...rest] = [...body, ...hint];
  return `${heading}  ${word}${clip(first, style.width - codeColumn)}\n${rest.map((text) => `${text}\n`).join("")}`;
}

/** What to do first. */
export function renderVerdict(findings: readonly Finding[], style: ReportStyle): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const first = findings.find(({ level }) => level === "fail") ?? findings.find(({ level }) => level === "warn");
  const tally = `${count("pass")} ok, ${count("warn")} warnings, ${count("fail")} failed, ${count("skip")} skipped`;
  if (first === undefined) return `\n${tally}. Nothing to do.\n`;
  const verb = first.level === "fail" ? "First" : "Worth a look";
  const lines = wrapText(`${verb}: ${first.code}: ${oneLine(first.hint ?? first.message)}`, style.width);
  return `\n${tally}.\n${lines.map((line, index) => (index === 0 ? paint(line, "1", style) : line)).join("\n")}\n`;
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
