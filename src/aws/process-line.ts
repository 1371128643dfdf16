import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";

export type SettingValue = string | number | boolean | readonly string[];

export interface ProfileParts {
  /** The words that start this program. */
  readonly program: readonly string[];
  /** The profile that gets the line. */
  readonly profile: string;
  /** By flag name, in the order of the flags. */
  readonly settings: ReadonlyMap<string, SettingValue>;
  /** Whether the settings must be keys of the profile in any case. */
  readonly asKeys?: boolean;
  readonly platform: NodeJS.Platform;
}

export interface ProcessLine {
  readonly line: string;
  /** Whether the settings must be keys of the profile, which the line names. */
  readonly inKeys: boolean;
}

/**
 * Formats the `credential_process` line of a profile, which every SDK must split into the same words. On Windows it has
 * no quotation marks: if a setting needs them, the settings become keys of the profile.
 *
 * @throws UsageError `ERR_SETTING` for a word that no line can contain.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function formatProcessLine({ program, profile, settings, asKeys = false, platform }: ProfileParts): ProcessLine {
  const flags = wordsOf(settings);
  const inKeys = asKeys || (platform === "win32" && !flags.every(isPlainOnWindows));
  const words = [...program, "credential-process", ...(inKeys ? ["--settings-profile", profile] : flags)];
  return { line: joinWords(words, platform), inKeys };
}

/** Formats settings as flags. */
export function wordsOf(settings: ProfileParts["settings"]): readonly string[] {
  return [...settings].flatMap(([name, value]) => {
    if (value === true || value === "true") return [`--${name}`];
    if (value === false) return [`--${name}=false`];
    return (Array.isArray(value) ? value : [value]).flatMap((item) => wordsOfOne(name, String(item)));
  });
}

/** A value that begins with a dash would look like another flag. */
function wordsOfOne(name: string, value: string): readonly string[] {
  return value.startsWith("-") ? [`--${name}=${value}`] : [`--${name}`, value];
}

/** Joins words for shells, botocore's own splitter and config parsers that start a comment at ` #` inside quotes. */
export function joinWords(words: readonly string[], platform: NodeJS.Platform): string {
  if (platform === "win32") return words.map(plainOnWindows).join(" ");
  const line = words.map(quoteForPosix).join(" ");
  return /^(["']).*\1$/.test(line) ? beginPlain(words) : line;
}

/**
 * The AWS SDK for Go removes quotation marks from both ends of a value: the first character stays outside of them. The
 * path of a program begins with a slash.
 */
function beginPlain([first = "", ...others]: readonly string[]): string {
  const [start = "", ...rest] = first;
  return [`${quoteForPosix(start)}${quoteForPosix(rest.join(""))}`, ...others.map(quoteForPosix)].join(" ");
}

function quoteForPosix(word: string): string {
  if (/\p{Cc}/u.test(word)) {
    const why = "has a control character, which no credential_process line can have";
    throw unfit(
      word,
      why,
      message`use another path, or write the settings as keys of the profile (${setting("keys")})`,
    );
  }
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (word.includes("\\")) return quoteBackslashes(word);
  if (/["$`]/.test(word)) return singleQuoted(word);
  return `"${hideComments(word, '""')}"`;
}

/**
 * The AWS SDK for .NET doubles each backslash that is not followed by a `"`, even in single quotes. In double quotes,
 * one before an ordinary character is literal, doubled or not; any other is written doubled before the closing quote.
 */
function quoteBackslashes(word: string): string {
  return word
    .split(/([$`"]+)/)
    .map((part, index) => {
      if (part === "") return "";
      if (index % 2 === 1) return singleQuoted(part);
      const text = part.replaceAll(/\\(?=\\|$)/g, '\\\\""').replace(/""$/, "");
      return `"${hideComments(text, '""')}"`;
    })
    .join("");
}

function singleQuoted(text: string): string {
  return `'${hideComments(text.replaceAll("'", `'"'"'`), "''")}'`;
}

/** Puts an empty pair of quotes between a blank and a character that would start a comment. */
function hideComments(text: string, emptyQuotes: string): string {
  return text.replaceAll(/\s(?=[#;])/g, (blank) => blank + emptyQuotes);
}

/** Tells whether cmd.exe and all SDKs on Windows accept a word without quotation marks. */
export function isPlainOnWindows(word: string): boolean {
  return /^[\p{L}\p{M}\p{N}_@+=:,./\\~-]+$/u.test(word) && !/^@|\\$/.test(word);
}

function plainOnWindows(word: string): string {
  if (isPlainOnWindows(word)) return word;
  const why = "needs quotation marks, and the AWS SDKs for .NET, Go and Rust run no line with them on Windows";
  const folder =
    "install the program at a path without blanks or special characters, or put the folder of its .exe file on PATH";
  throw unfit(word, why, folder);
}

function unfit(word: string, why: string, hint: Text): UsageError {
  return new UsageError("ERR_SETTING", `${JSON.stringify(word)} ${why}`, { hints: [hint] });
}
