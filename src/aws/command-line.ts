/**
 * Splits a `credential_process` line into words as botocore does, without a shell; undefined if botocore refuses it.
 */
export function splitWords(line: string, platform: NodeJS.Platform): readonly string[] | undefined {
  return platform === "win32" ? splitOnWindows(line) : splitCommandLine(line).words;
}

/** Applies the rules of Microsoft's C runtime: only blanks, tabs and `"` matter, and backslashes only before a `"`. */
function splitOnWindows(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (const [, backslashes = "", char = ""] of line.matchAll(/(\\*)([^\\]|$)/g)) {
    if (char === '"') {
      word = (word ?? "") + "\\".repeat(Math.floor(backslashes.length / 2));
      if (backslashes.length % 2 === 1) word += char;
      else quoted = !quoted;
      continue;
    }
    if (backslashes !== "") word = (word ?? "") + backslashes;
    if (quoted || !/^[ \t]?$/.test(char)) word = (word ?? "") + char;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return quoted ? undefined : words;
}

/**
 * How the two kinds of readers split a `credential_process` line on POSIX: botocore splits it itself, without a shell;
 * the other SDKs pass it to `sh -c`.
 */
export interface LineSplit {
  /** The words that botocore passes to the program; undefined if its splitter refuses the line. */
  readonly words: readonly string[] | undefined;
  /** Characters that a shell would interpret; empty if both split the line in the same way. */
  readonly shellOnly: readonly string[];
}

export function splitCommandLine(line: string): LineSplit {
  const words: string[] = [];
  const shellOnly = new Set<string>();
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let index = 0; index < line.length; index++) {
    const char = line.charAt(index);
    if (quote === "'" || (quote === '"' && char !== "\\")) {
      if (char === quote) quote = undefined;
      else {
        if (quote === '"' && (char === "$" || char === "`")) shellOnly.add(char);
        word = (word ?? "") + char;
      }
    } else if (char === "\\") {
      index++;
      const next = line.charAt(index);
      if (next === "") return { words: undefined, shellOnly: [...shellOnly] };
      word = (word ?? "") + (quote === '"' && !['"', "\\"].includes(next) ? `\\${next}` : next);
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      if (/[$`|&;<>()*?[\]{}!#]/.test(char) || (char === "~" && word === undefined)) shellOnly.add(char);
      word = (word ?? "") + char;
    }
  }
  if (quote !== undefined) return { words: undefined, shellOnly: [...shellOnly] };
  if (word !== undefined) words.push(word);
  return { words, shellOnly: [...shellOnly] };
}
