import { splitCommandLine, splitWords } from "../../aws/command-line.js";

/** A kind of tool that runs `credential_process` lines. */
interface LineReader {
  readonly tools: string;
  /** Explains why the program gets other words than from the AWS CLI; undefined if it gets the same. */
  readonly differs: (line: string, words: readonly string[]) => string | undefined;
}

/** On POSIX the AWS CLI and boto3 split a line as Python's shlex does; the others pass it to `sh -c`. */
const onPosix: readonly LineReader[] = [
  {
    tools: "SDKs that use a shell",
    differs(line) {
      const { shellOnly } = splitCommandLine(line);
      if (shellOnly.length === 0) return undefined;
      return `read ${shellOnly.map((char) => `"${char}"`).join(" ")} otherwise than the AWS CLI and boto3, which use none`;
    },
  },
  {
    tools: "the AWS SDK for .NET",
    differs: (line, words) =>
      isSame(splitCommandLine(doubleBackslashes(line)).words, words) ? undefined : "doubles a backslash in it",
  },
];

/** On Windows the AWS CLI and boto3 split a line as C programs do; the others pass it to cmd.exe in different ways. */
const onWindows: readonly LineReader[] = [
  {
    tools: "SDKs that use cmd.exe",
    differs(line) {
      const found = commandCharacters(line);
      if (found.length === 0) return undefined;
      return `read ${found.map((char) => `"${char}"`).join(" ")} otherwise than the AWS CLI and boto3, which use none`;
    },
  },
  {
    // Runs `cmd.exe /c LINE`, with LINE unchanged.
    tools: "the AWS SDK for .NET",
    differs: (line, words) =>
      isSame(splitWords(stripOuterQuotes(line), "win32"), words) ? undefined : "does not run it",
  },
  {
    // Runs `cmd.exe /C` with LINE as one argument, in which each `"` becomes `\"`.
    tools: "the AWS SDKs for Go and Rust",
    differs: (line) => (line.includes('"') ? "do not run it" : undefined),
  },
  {
    tools: "the AWS Toolkit for JetBrains",
    differs: (line) => (line.includes('"') ? "does not run it" : undefined),
  },
  // JavaScript and PHP run `cmd.exe /d /s /c "LINE"`, Java and Ruby quote alike: the words are those of the AWS CLI.
];

/** Describes tools that differ from the AWS CLI and boto3, such as `the AWS SDK for .NET does not run it`. */
export function findDifferences(line: string, words: readonly string[], platform: NodeJS.Platform): readonly string[] {
  const readers = platform === "win32" ? onWindows : onPosix;
  return readers.flatMap(({ tools, differs }) => {
    const found = differs(line, words);
    return found === undefined ? [] : [`${tools} ${found}`];
  });
}

function isSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Doubles each backslash as the SDK for .NET does, unless only backslashes are between it and a quotation mark. */
function doubleBackslashes(line: string): string {
  return line.replaceAll(/\\+(?![\\"])/g, "$&$&");
}

/** Returns the characters that cmd.exe interprets: most outside quotation marks only, `%` everywhere. */
function commandCharacters(line: string): readonly string[] {
  const outside = line.split('"').filter((_, index) => index % 2 === 0);
  const found = outside.flatMap((text) => text.match(/[&|<>^]/g) ?? []);
  const variable = /%[^%\s]+%/.test(line) ? ["%"] : [];
  return [...new Set([...found, ...variable])];
}

/**
 * Removes the first and the last quotation mark of a line that starts with one, as cmd.exe does, unless there are
 * exactly two, with a blank and none of `&<>()@^|` between them.
 */
function stripOuterQuotes(line: string): string {
  if (!line.startsWith('"')) return line;
  const [, inside = "", ...others] = line.split('"');
  if (others.length === 1 && /\s/.test(inside) && !/[&<>()@^|]/.test(inside)) return line;
  const last = line.lastIndexOf('"');
  return line.slice(1, last) + line.slice(last + 1);
}
