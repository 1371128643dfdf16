/** Precedes a character of a pattern that is not a wildcard. */
const mark = "\0";

/** Matches a text against a pattern, in which `*` matches any characters and `?` one character. */
export function matchesPattern(text: string, pattern: string): boolean {
  const symbols = pattern.match(/\0[^]|[^]/g) ?? [];
  let [at, wanted] = [0, 0];
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const symbol = symbols[wanted];
    if (symbol === "*") {
      star = wanted++;
      resume = at;
    } else if (symbol === "?" || (symbol !== undefined && symbol.at(-1) === text[at])) {
      at++;
      wanted++;
    } else if (star === -1) {
      return false;
    } else {
      // The last `*` takes one more character.
      wanted = star + 1;
      at = ++resume;
    }
  }
  while (symbols[wanted] === "*") wanted++;
  return wanted === symbols.length;
}

/** As part of a pattern, a text that is none, such as the value of a variable. */
export function toLiteral(text: string): string {
  return text.replaceAll(/[*?]/g, (character) => mark + character);
}

/** The text of a pattern for a comparison that takes none. */
export function withoutMarks(pattern: string): string {
  return pattern.replaceAll(mark, "");
}
