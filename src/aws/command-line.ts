/**
 * How the two kinds of readers take a `credential_process` line apart on POSIX: botocore splits it itself, without a
 * shell; the other SDKs hand it to `sh -c`.
 */
export interface LineSplit {
  /** The words as botocore gives them to the program; undefined when its splitter refuses the line. */
  readonly words: readonly string[] | undefined;
  /** Characters by which a shell would do something else than split; empty when both read the line alike. */
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
