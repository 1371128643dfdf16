import { UsageError } from "../errors.js";
import { message } from "../message.js";
import { describeOrigin, type Origin } from "../origin.js";

/** How messages name a value that may be a key or a certificate. */
const notShown = "(inline, not shown)";

const hint = "for certificates and keys use env:NAME, fd:N or a file";

/** Characters; longer than any path that an operating system opens. */
const maxPath = 4096;
/** Characters; shorter text holds no key. */
const shortestRun = 40;
/** Characters of base64 or hexadecimal; shorter runs stand in the names of files. */
const longRun = 120;

/**
 * Whether a value is a key or a certificate where its place was expected: PEM text, whole or in pieces, its line breaks
 * real, escaped or lost, or DER or PEM in base64 or hexadecimal. Such a value is neither shown nor written.
 */
export function isInline(text: string): boolean {
  return /[\r\n]/.test(text) || text.length > maxPath || runsOf(text).some(isLongRun) || holdsKeyText(text);
}

/** The same for text that may have several lines or be long, such as a policy. */
export function holdsKeyText(text: string): boolean {
  if (/-{4,5} ?BEGIN/i.test(text)) return true;
  return text.length >= shortestRun && runsOf(text).some((run) => holdsKey(Buffer.from(run, "base64")));
}

/** The refusal of a key or certificate as a value. */
export function refuseInline(origin: Origin): UsageError {
  return new UsageError(
    "ERR_SETTING",
    message`${describeOrigin(origin)} holds a key, a certificate or several lines ${notShown}, expected a plain value`,
    { hints: [hint, "a quotation mark that is missing on the command line makes one value of many"] },
  );
}

/** Whether text is PEM, as it stands or in base64. */
export function holdsPem(text: string): boolean {
  if (text.includes("-----BEGIN")) return true;
  return /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) && Buffer.from(text, "base64").includes("-----BEGIN");
}

/** A value as a message quotes it. */
export function quoteValue(text: string): string {
  return isInline(text) ? notShown : `"${text}"`;
}

function runsOf(text: string): readonly string[] {
  if (text.length < shortestRun) return [];
  return text.replaceAll(/\\[rn]|\s/g, "").match(/[A-Za-z0-9+/_-]{40,}/g) ?? [];
}

/** Folders of words have no digits and capitals mixed over such a length, and digests are shorter. */
function isLongRun(run: string): boolean {
  if (/[0-9a-f]{130}/i.test(run)) return true;
  const pure = /[A-Za-z0-9+/]{120,}/.exec(run)?.[0] ?? "";
  return pure.length >= longRun && /[a-z]/.test(pure) && /[A-Z]/.test(pure) && /\d/.test(pure);
}

/** PEM text, or the DER of a key or certificate: a SEQUENCE that begins with a version or another SEQUENCE. */
function holdsKey(bytes: Buffer): boolean {
  if (bytes.includes("-----BEGIN")) return true;
  if (bytes[0] !== 0x30) return false;
  const length = bytes[1] ?? 0;
  const content = length < 0x80 ? 2 : 2 + (length - 0x80);
  if (length < 0x20 || length > 0x83) return false;
  return bytes[content] === 0x02 || bytes[content] === 0x30;
}
