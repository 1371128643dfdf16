/** Matches a text against a pattern, in which `*` matches any characters and `?` one character. */
export function matchesPattern(text: string, pattern: string): boolean {
  let [at, wanted] = [0, 0];
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const symbol = pattern[wanted];
    if (symbol === "*") {
      star = wanted++;
      resume = at;
    } else if (symbol === "?" || (symbol !== undefined && symbol === text[at])) {
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
  while (pattern[wanted] === "*") wanted++;
  return wanted === pattern.length;
}
