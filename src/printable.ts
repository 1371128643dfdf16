/** Matches most texts, which need no escaping. */
const plain = /^[\t\n\x20-\x7e]*$/;
const blanks = /[\s\u0085]+/g;
const lineEnd = /[\t\n\v\f\r\u0085\u2028\u2029]/;

/**
 * Characters that a terminal interprets or hides: control characters, invisible and direction characters, Unicode line
 * separators, and lone surrogates. A RegExp literal would cost 0.3 ms at each start, so it is compiled on first use.
 */
const unprintableClass = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`;
let unprintable: RegExp | undefined;
let unprintableAnywhere: RegExp | undefined;

/** Whether a text is not empty and has none of these characters, no tab and no line break. */
export function isPlainLine(text: string): boolean {
  if (text === "") return false;
  if (plain.test(text)) return !/[\t\n]/.test(text);
  return !(unprintableAnywhere ??= new RegExp(unprintableClass, "u")).test(text);
}

/**
 * Escapes control characters for a terminal or a log. This is the last step of all output for people. Line breaks and
 * tabs stay. Others become JSON escapes such as `\u001b`, so that a line of JSON keeps its value.
 */
export function printable(text: string): string {
  if (plain.test(text)) return text;
  return text.replaceAll((unprintable ??= new RegExp(unprintableClass, "gu")), (found, index: number) => {
    const stays = found === "\n" || found === "\t" || (found === "\r" && text[index + 1] === "\n");
    return stays ? found : escaped(found);
  });
}

/** Does the same on one line: a line break and the whitespace around it become one space. */
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

/** Quotes one word for a POSIX shell. */
export function quoteForPosixShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
