import { wrapText } from "../report.js";
import { explanations } from "./explanations.js";
import type { Code } from "./explanations.js";

/** Formats the explanation of a code for a terminal. */
export function formatExplanation(code: Code, width: number): string {
  const { seen, text, fix } = explanations[code];
  const paragraphs = [
    ...(seen === undefined ? [] : [`Seen as: ${seen}`]),
    withoutMarkup(text),
    ...(fix === undefined ? [] : [`Fix: ${withoutMarkup(fix)}`]),
  ];
  const lines = paragraphs.flatMap((paragraph) => ["", ...wrapText(paragraph, width)]);
  return `${[code, ...lines].join("\n")}\n`;
}

/** Removes Markdown. Links become the name of the entry or page that they lead to. */
function withoutMarkup(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]+)\]\(#[^)]*\)/g, "$1")
    .replaceAll(/\[([^\]]+)\]\(([^)#]+)[^)]*\)/g, "$1 (docs/$2)")
    .replaceAll("`", "");
}
