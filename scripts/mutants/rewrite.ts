import type { Mutant } from "./operators.js";

/** Applies the fault to the text. */
export function mutate(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Inserts a call of `globalThis.reached(number)` wherever one of the mutants would run. */
export function mark(text: string, mutants: readonly (readonly [number: number, mutant: Mutant])[]): string {
  const insertions = mutants.flatMap(([number, { reach }]) => {
    const call = `globalThis.reached?.(${number})`;
    const [open, close] = reach.kind === "expression" ? [`(${call}, `, ")"] : [`{ ${call}; `, " }"];
    const size = reach.end - reach.start;
    // At the same offset, the wider range opens first and closes last.
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
