/** What most texts are made of alone. */
const plain = /^[\t\n\x20-\x7e]*$/;
const blanks = /[\s\u0085]+/g;
const lineEnd = /[\t\n\v\f\r\u0085\u2028\u2029]/;

/**
 * What a terminal would obey or hide instead of showing: control characters of both sets, invisible and direction
 * characters, separators that some programs take for line ends, and halves of surrogate pairs. No literal, since looking
 * up its properties would cost every start a third of a millisecond.
 */
const unprintableClass = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`;
let unprintable: RegExp | undefined;
let unprintableAnywhere: RegExp | undefined;

/** Whether a text has none of them, nor a tab or a line end, and is not empty. */
export function isPlainLine(text: string): boolean {
  if (text === "") return false;
  if (plain.test(text)) return !/[\t\n]/.test(text);
  return !(unprintableAnywhere ??= new RegExp(unprintableClass, "u")).test(text);
}

/**
 * Text for a terminal or a log: whatever a name or an answer holds, only text is shown. The one place for that; every
 * text goes through it at the edge, as the last thing before it is written. Line ends and tabs stay.
 *
 * The others become the escapes of JSON, `\u001b`: a line of JSON is read back to the same value.
 */
export function printable(text: string): string {
  if (plain.test(text)) return text;
  return text.replaceAll((unprintable ??= new RegExp(unprintableClass, "gu")), (found, index: number) => {
    const stays = found === "\n" || found === "\t" || (found === "\r" && text[index + 1] === "\n");
    return stays ? found : escaped(found);
  });
}

/** The same on one line, for a value that must not begin another: a run of blanks and line ends becomes one blank. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(blanks, (run) => (lineEnd.test(run) ? " " : run)));
}

function escaped(text: string): string {
  let escapes = "";
  for (let index = 0; index < text.length; index++) {
    escapes += `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escapes;
}

/** One word for a POSIX shell, which takes everything between single quotes literally but the quote itself. */
export function quoteForPosixShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
