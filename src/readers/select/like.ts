/** A character of a pattern, undefined for `_`, or `run` for `%`. */
type Piece = string | undefined | typeof run;

const run = Symbol("%");

/**
 * Creates a test for SQL's LIKE: `%` matches any text, `_` one character, and a backslash escapes either. In the worst
 * case, the time grows with the product of both lengths.
 */
export function createLikeTest(pattern: string): (text: string) => boolean {
  const pieces = piecesOf(pattern);
  return (text) => {
    const characters = Array.from(text);
    let [at, piece] = [0, 0];
    // The index of the last `%`, and the end of the text that it covers so far.
    let [lastRun, taken] = [-1, 0];
    while (at < characters.length) {
      const wanted = pieces[piece];
      if (wanted === run) {
        lastRun = piece++;
        taken = at;
      } else if (piece < pieces.length && (wanted === undefined || wanted === characters[at])) {
        piece++;
        at++;
      } else if (lastRun === -1) return false;
      else {
        piece = lastRun + 1;
        at = ++taken;
      }
    }
    return pieces.slice(piece).every((rest) => rest === run);
  };
}

/**
 * Parses a pattern that is plain text with `%` only at its ends; undefined for other patterns.
 *
 * @returns The text, and at which ends a `%` is.
 */
export function plainLike(pattern: string) {
  const pieces = piecesOf(pattern);
  const openStart = pieces[0] === run;
  const openEnd = pieces.length > 1 && pieces.at(-1) === run;
  const inner = pieces.slice(openStart ? 1 : 0, openEnd ? -1 : undefined);
  return inner.every((piece) => typeof piece === "string") ? { text: inner.join(""), openStart, openEnd } : undefined;
}

function piecesOf(pattern: string): readonly Piece[] {
  return Array.from(pattern.matchAll(/\\(.)|(%)|(_)|(.)/gsu), ([, escaped, any, one, plain]) =>
    any === undefined ? (one === undefined ? (escaped ?? plain) : undefined) : run,
  );
}
