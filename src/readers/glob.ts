import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";

export type NameFilter = (name: string) => boolean;

/**
 * Parses a glob: `*` and `?` within a folder, `**` across folders, `[abc]`, `{a,b}`. A glob without a slash is matched
 * against the last segment of a name, in any folder.
 *
 * @param subject The glob's origin, for error messages.
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseGlob(glob: string, subject: Text, anyCase = false): NameFilter {
  let matches: NameFilter;
  try {
    matches = createMatcher(compile(glob, anyCase));
  } catch (cause) {
    throw new UsageError("ERR_ARGUMENT", message`${subject} has a glob that cannot be read: "${glob}"`, {
      cause,
      hints: ["close every [ and {; put a backslash before a character that stands for itself"],
    });
  }
  if (glob.includes("/")) return matches;
  return (name) => matches(name.slice(name.lastIndexOf("/") + 1));
}

type Step =
  /** Consumes one character and continues at the next step. */
  | { readonly kind: "take"; readonly test: (character: string) => boolean }
  /** Continues at all of these steps at once. */
  | { readonly kind: "fork"; readonly to: number[] };

const pieces = /\\(.)|\*\*\/|\*\*|\*|\?|\[(!?)((?:\\.|[^\]\\])+)\]|\{|\}|,|[^\\*?[{},]|./gsu;

/** Compiles a glob into steps; reaching the end of the steps is a match. */
function compile(glob: string, anyCase: boolean): readonly Step[] {
  const steps: Step[] = [];
  const open: { readonly fork: number[]; readonly ends: number[][] }[] = [];
  const take = (test: (character: string) => boolean) => steps.push({ kind: "take", test });
  const fork = (...to: number[]): number[] => {
    steps.push({ kind: "fork", to });
    return to;
  };
  const literal = (text: string) => {
    const folded = text.toLowerCase();
    take(anyCase ? (character) => character.toLowerCase() === folded : (character) => character === text);
  };
  const repeat = (test: (character: string) => boolean) => {
    const start = steps.length;
    fork(start + 1, start + 3);
    take(test);
    fork(start);
  };
  for (const [piece, escaped, negated, set] of glob.matchAll(pieces)) {
    const group = open.at(-1);
    if (escaped !== undefined) literal(escaped);
    else if (set !== undefined) {
      const pattern = `^[${negated === "!" ? "^/" : ""}${set.replace(/[[^&~]/g, "\\$&")}]$`;
      const one = new RegExp(pattern, anyCase ? "isu" : "su");
      take((character) => one.test(character));
    } else if (piece === "**/") {
      const start = steps.length;
      const skip = fork(start + 1);
      repeat(anything);
      literal("/");
      skip.push(steps.length);
    } else if (piece === "**") repeat(anything);
    else if (piece === "*") repeat(notSlash);
    else if (piece === "?") take(notSlash);
    else if (piece === "{") open.push({ fork: fork(steps.length + 1), ends: [] });
    else if (piece === "," && group !== undefined) {
      group.ends.push(fork());
      group.fork.push(steps.length);
    } else if (piece === "}" && group !== undefined) {
      for (const end of group.ends) end.push(steps.length);
      open.pop();
    } else literal(piece);
  }
  if (open.length > 0) throw new SyntaxError("a { is not closed");
  return steps;
}

const anything = (): boolean => true;
const notSlash = (character: string): boolean => character !== "/";

/** Follows all branches at once, so that the time grows only with the length of the name, whatever the glob is. */
function createMatcher(steps: readonly Step[]): NameFilter {
  const enter = (at: number, states: Set<number>): void => {
    const waiting = [at];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (states.has(next)) continue;
      states.add(next);
      const step = steps[next];
      if (step?.kind === "fork") waiting.push(...step.to);
    }
  };
  return (name) => {
    let states = new Set<number>();
    enter(0, states);
    for (const character of name) {
      const reached = new Set<number>();
      for (const state of states) {
        const step = steps[state];
        if (step?.kind === "take" && step.test(character)) enter(state + 1, reached);
      }
      if (reached.size === 0) return false;
      states = reached;
    }
    return states.has(steps.length);
  };
}
