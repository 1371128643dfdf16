/** A character of a pattern; undefined stands for any one, and `run` for any number of them. */
type Piece = string | undefined | typeof run;

const run = Symbol("%");

/**
 * Makes the test of SQL's LIKE: `%` is any text, `_` one character, a backslash before either makes it stand for itself. Its
 * time grows with the product of both lengths at worst.
 */
export function createLikeTest(pattern: string): (text: string) => boolean {
  const pieces = piecesOf(pattern);
  return (text) => {
    const characters = Array.from(text);
    let [at, piece] = [0, 0];
    // Where the last run stands, and how much of the text it takes so far.
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
 * What a pattern asks for where it is a plain text with `%` at its ends alone; undefined when it is not.
 *
 * @returns The text, and at which ends any other may stand.
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
