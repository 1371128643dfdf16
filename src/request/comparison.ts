const columnWidth = 58;

/**
 * Formats two texts line by line side by side. Marks the first difference with `>` and prints its column on the next
 * line.
 *
 * @param hidden Whether they differ in a redacted value.
 */
export function formatComparison(ours: string, theirs: string, hidden = false): string {
  const rows = [`  ${"ours".padEnd(columnWidth)} | theirs`];
  let marked = false;
  for (const [index, { one, other }] of alignLines(ours.split("\n"), theirs.split("\n")).entries()) {
    const differs = one !== other;
    rows.push(...formatRow(differs && !marked ? ">" : differs ? "*" : " ", one, other));
    if (!differs || marked) continue;
    marked = true;
    const column = firstDifference(one ?? "", other ?? "");
    rows.push(`  first difference: line ${index + 1}, column ${column + 1}`);
  }
  if (!marked)
    rows.push(
      hidden
        ? "  no difference in what is shown: a value that is not shown (***) differs"
        : "  no difference: the secret key, the region or the service differ, not the request",
    );
  return `${rows.join("\n")}\n`;
}

interface LinePair {
  readonly one: string | undefined;
  readonly other: string | undefined;
}

/** Aligns lines so that as many as possible are next to an equal line, or next to the same header. */
function alignLines(left: readonly string[], right: readonly string[]): readonly LinePair[] {
  // The best score for the remaining lines from each pair of positions.
  const scores = Array.from({ length: left.length + 1 }, () => Array.from({ length: right.length + 1 }, () => 0));
  const scoreAt = (one: number, other: number) => scores[one]?.[other] ?? 0;
  for (let one = left.length - 1; one >= 0; one--) {
    for (let other = right.length - 1; other >= 0; other--) {
      const together = scoreAt(one + 1, other + 1) + likeness(left[one] ?? "", right[other] ?? "");
      const row = scores[one];
      if (row !== undefined) row[other] = Math.max(together, scoreAt(one + 1, other), scoreAt(one, other + 1));
    }
  }
  const pairs: LinePair[] = [];
  let one = 0;
  let other = 0;
  while (one < left.length || other < right.length) {
    const bothLeft = one < left.length && other < right.length;
    const together = scoreAt(one + 1, other + 1) + likeness(left[one] ?? "", right[other] ?? "");
    if (bothLeft && together >= scoreAt(one, other)) pairs.push({ one: left[one++], other: right[other++] });
    else if (other === right.length || (one < left.length && scoreAt(one + 1, other) === scoreAt(one, other)))
      pairs.push({ one: left[one++], other: undefined });
    else pairs.push({ one: undefined, other: right[other++] });
  }
  return pairs;
}

function likeness(one: string, other: string): number {
  if (one === other) return one === "" ? 2 : 4;
  const name = /^([a-z0-9-]+:)/.exec(one)?.[1];
  return name !== undefined && other.startsWith(name) ? 3 : 0;
}

function formatRow(sign: string, one = "(no line)", other = "(no line)"): string[] {
  const left = wrap(one);
  const right = wrap(other);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    `${index === 0 ? sign : " "} ${(left[index] ?? "").padEnd(columnWidth)} | ${right[index] ?? ""}`.trimEnd(),
  );
}

function wrap(line: string): string[] {
  const pieces = line.match(new RegExp(`.{1,${columnWidth}}`, "gsu"));
  return pieces ?? [""];
}

function firstDifference(one: string, other: string): number {
  let column = 0;
  while (column < one.length && one[column] === other[column]) column++;
  return column;
}
