// Writes the entries of docs/troubleshooting.md from the texts of `explain`, so that each code is explained only once.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explanations } from "../../src/diagnosis/explanations/explanations.js";
import type { Code } from "../../src/diagnosis/explanations/explanations.js";
import { findingCodes, sections } from "../../src/diagnosis/finding-codes.js";
import { wrapText } from "../../src/diagnosis/report.js";
import { errorCodes, exitStatuses } from "../../src/errors.js";
import type { Blame } from "../../src/errors.js";
import type { Fault } from "./fault.js";

const path = "docs/troubleshooting.md";
const width = 120;

export async function main(_: readonly string[], root: string): Promise<number> {
  writeFileSync(join(root, path), formatPage(root));
  return 0;
}

/** Finds entries that differ from the program's explanations. */
export function findTroubleshootingFaults(root: string): readonly Fault[] {
  if (readFileSync(join(root, path), "utf8") === formatPage(root)) return [];
  return [{ path, line: 0, message: 'its entries are not what the program explains: run "npm run docs"' }];
}

const blames: Readonly<Record<Blame, string>> = {
  usage: "the command line, the environment, the profile or the input",
  identity: "the certificate, its chain or the private key",
  service: "AWS rejected the request or sent an invalid response",
  network: "the network",
  internal: "a fault of this program",
};

function formatPage(root: string): string {
  const errors = Object.entries(blames).map(
    ([blame, title]) =>
      `### Status ${exitStatuses[blame as Blame]}: ${title}\n\n${formatEntries(codesWith(errorCodes, blame))}`,
  );
  const findings = sections.map(
    (section) => `### ${titleOf(section)}\n\n${formatEntries(codesWith(findingCodes, section))}`,
  );
  const page = readFileSync(join(root, path), "utf8");
  return replaceRegion(replaceRegion(page, "errors", errors), "findings", findings);
}

function titleOf(section: string): string {
  return section === "aws" ? "AWS" : section.charAt(0).toUpperCase() + section.slice(1);
}

function codesWith(table: Readonly<Record<string, string>>, group: string): readonly Code[] {
  return Object.keys(table).filter((code) => table[code] === group) as Code[];
}

function formatEntries(codes: readonly Code[]): string {
  return codes.map(formatEntry).join("\n\n");
}

function formatEntry(code: Code): string {
  const { seen, text, fix } = explanations[code];
  return [
    `#### ${code}`,
    ...(seen === undefined ? [] : [`Seen as: \`${seen}\``, ""]),
    ...wrapText(text, width),
    ...(fix === undefined ? [] : wrapText(`**Fix:** ${fix}`, width)),
  ].join("\n");
}

/** Replaces the text between `<!-- NAME: … -->` and `<!-- end of NAME -->`. */
function replaceRegion(page: string, name: string, parts: readonly string[]): string {
  const [begin, end] = [
    `<!-- ${name}: written by \`npm run docs\` from src/diagnosis/explanations -->`,
    `<!-- end of ${name} -->`,
  ];
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)];
  if (start === -1 || stop < start) throw new TypeError(`${path} has no place for its ${name}`);
  return `${page.slice(0, start)}${begin}\n\n${parts.join("\n\n")}\n\n${page.slice(stop)}`;
}
