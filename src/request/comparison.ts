const columnWidth = 58;

/**
 * Two texts line by line beside each other, the first difference marked with `>` and, under it, the column where they
 * part.
 *
 * @param hidden Whether they differ in a value that neither shows.
 */
export function formatComparison(ours: string, theirs: string, hidden = false): string {
  const left = ours.split("\n");
  const right = theirs.split("\n");
  const count = Math.max(left.length, right.length);
  const rows = [`  ${"ours".padEnd(columnWidth)} | theirs`];
  let marked = false;
  for (let index = 0; index < count; index++) {
    const one = left[index];
    const other = right[index];
    const differs = one !== other;
    const sign = differs && !marked ? ">" : differs ? "*" : " ";
    if (!differs || marked) {
      rows.push(...formatRow(sign, one, other));
      continue;
    }
    marked = true;
    const column = firstDifference(one ?? "", other ?? "");
    rows.push(...formatRow(sign, one, other), `  first difference: line ${index + 1}, column ${column + 1}`);
  }
  if (!marked)
    rows.push(
      hidden
        ? "  no difference in what is shown: a value that is not shown (***) differs"
        : "  no difference: the secret key, the region or the service differ, not the request",
    );
  return `${rows.join("\n")}\n`;
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
