/**
 * Makes header names unique and non-empty, so that they can be used as keys and no cell hides another.
 *
 * @param reserved Names that other columns of the output use.
 * @returns The names, and a note for the summary on each changed name.
 */
export function nameColumns(
  header: readonly string[],
  reserved: readonly string[] = [],
): {
  readonly names: readonly string[];
  readonly notes: readonly string[];
} {
  const names: string[] = [];
  const notes: string[] = [];
  const taken = new Set([...header, ...reserved]);
  const used = new Set(reserved);
  const nextNumbers = new Map<string, number>();
  for (const [index, found] of header.entries()) {
    let name = found;
    if (name === "" || used.has(name)) {
      const stem = name === "" ? "column" : name;
      let number = name === "" ? index + 1 : (nextNumbers.get(stem) ?? 2);
      while (taken.has(`${stem}_${number}`)) number++;
      if (name !== "") nextNumbers.set(stem, number + 1);
      name = `${stem}_${number}`;
      taken.add(name);
      notes.push(`column ${index + 1} ("${found}") named ${name}`);
    }
    used.add(name);
    names.push(name);
  }
  return { names, notes };
}
