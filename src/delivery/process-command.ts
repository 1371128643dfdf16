import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";

/**
 * A `credential_process` line that every SDK splits into the same words: SDKs that use a shell, botocore with its own
 * splitter, and config parsers that start a comment at ` #` or ` ;` even inside quotes.
 *
 * @throws UsageError `ERR_SETTING` for a word that cannot be written so.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function formatProcessCommand(words: readonly string[], platform: NodeJS.Platform): string {
  return words.map(platform === "win32" ? quoteForWindows : quoteForPosix).join(" ");
}

function quoteForPosix(word: string): string {
  if (/\p{Cc}/u.test(word)) throw unfit(word, "a control character");
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (/["$`\\]/.test(word)) return `'${hideComments(word.replaceAll("'", `'"'"'`), "''")}'`;
  return `"${hideComments(word, '""')}"`;
}

/** Puts an empty pair of quotes between a blank and a character that would start a comment. */
function hideComments(text: string, emptyQuotes: string): string {
  return text.replaceAll(/\s(?=[#;])/g, (blank) => blank + emptyQuotes);
}

function quoteForWindows(word: string): string {
  if (/\p{Cc}/u.test(word)) throw unfit(word, "a control character");
  if (/["%]/.test(word)) throw unfit(word, '" or %');
  if (/\s[#;]/.test(word)) throw unfit(word, "a blank before # or ;");
  if (/^[\w@+=:,./\\-]+$/.test(word)) return word;
  return `"${word.replace(/\\+$/, "$&$&")}"`;
}

function unfit(word: string, found: string): UsageError {
  return new UsageError(
    "ERR_SETTING",
    `${JSON.stringify(word)} holds ${found}, which no credential_process line carries`,
    {
      hints: [message`use another path, or write the settings as keys of the profile (${setting("keys")})`],
    },
  );
}
