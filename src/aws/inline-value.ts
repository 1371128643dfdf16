import { UsageError } from "../errors.js";
import { message } from "../message.js";
import { describeOrigin, type Origin } from "../origin.js";

/** Replaces a value that may be a key or a certificate in messages. */
const notShown = "(inline, not shown)";

const hint = "for certificates and keys use env:NAME, fd:N or a file";

/** In characters; longer than any path that an operating system opens. */
const maxPath = 4096;
/** In characters; a shorter text cannot contain a key. */
const shortestRun = 40;
/** In characters of base64 or hexadecimal; shorter runs occur in file names. */
const longRun = 120;

/**
 * Tells whether a value is a key or a certificate where its location was expected: PEM text, whole or in parts, with
 * line breaks real, escaped or lost, or DER or PEM in base64 or hexadecimal. Such a value is neither shown nor written.
 */
export function isInline(text: string): boolean {
  return /[\r\n]/.test(text) || text.length > maxPath || runsOf(text).some(isLongRun) || holdsKeyText(text);
}

/** Does the same for text that may be long or have several lines, such as a policy. */
export function holdsKeyText(text: string): boolean {
  if (/-{4,5} ?BEGIN/i.test(text)) return true;
  return text.length >= shortestRun && runsOf(text).some((run) => holdsKey(Buffer.from(run, "base64")));
}

/** Creates the error for a key or certificate as a value. */
export function refuseInline(origin: Origin): UsageError {
  return new UsageError(
    "ERR_SETTING",
    message`${describeOrigin(origin)} holds a key, a certificate or several lines ${notShown}, expected a plain value`,
    { hints: [hint, "a quotation mark that is missing on the command line makes one value of many"] },
  );
}

/** Tells whether text is PEM, as it is or in base64. */
export function holdsPem(text: string): boolean {
  if (text.includes("-----BEGIN")) return true;
  return /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) && Buffer.from(text, "base64").includes("-----BEGIN");
}

/** Quotes a value for a message. */
export function quoteValue(text: string): string {
  return isInline(text) ? notShown : `"${text}"`;
}

function runsOf(text: string): readonly string[] {
  if (text.length < shortestRun) return [];
  return text.replaceAll(/\\[rn]|\s/g, "").match(/[A-Za-z0-9+/_-]{40,}/g) ?? [];
}

/** Folder names do not mix digits and capitals over such a length, and digests are shorter. */
function isLongRun(run: string): boolean {
  if (/[0-9a-f]{130}/i.test(run)) return true;
  const pure = /[A-Za-z0-9+/]{120,}/.exec(run)?.[0] ?? "";
  return pure.length >= longRun && /[a-z]/.test(pure) && /[A-Z]/.test(pure) && /\d/.test(pure);
}

/** Detects PEM text, or the DER of a key or certificate: a SEQUENCE that begins with a version or another SEQUENCE. */
function holdsKey(bytes: Buffer): boolean {
  if (bytes.includes("-----BEGIN")) return true;
  if (bytes[0] !== 0x30) return false;
  const length = bytes[1] ?? 0;
  const content = length < 0x80 ? 2 : 2 + (length - 0x80);
  if (length < 0x20 || length > 0x83) return false;
  return bytes[content] === 0x02 || bytes[content] === 0x30;
}
