import type { Mutant } from "./operators.js";

/** The text with the fault in it. */
export function mutate(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** The text with a call of `globalThis.reached(number)` wherever one of its mutants would run. */
export function mark(text: string, mutants: readonly (readonly [number: number, mutant: Mutant])[]): string {
  const insertions = mutants.flatMap(([number, { reach }]) => {
    const call = `globalThis.reached?.(${number})`;
    const [open, close] = reach.kind === "expression" ? [`(${call}, `, ")"] : [`{ ${call}; `, " }"];
    const size = reach.end - reach.start;
    // At one offset, what is wider opens first and closes last.
    return [
      { at: reach.start, order: [1, -size, number], text: open },
      { at: reach.end, order: [0, size, -number], text: close },
    ];
  });
  const sorted = insertions.sort((one, other) => one.at - other.at || compare(one.order, other.order));
  let marked = "";
  let done = 0;
  for (const { at, text: inserted } of sorted) {
    marked += text.slice(done, at) + inserted;
    done = at;
  }
  return marked + text.slice(done);
}

function compare(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((value, place) => value !== other[place]);
  return index < 0 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}
