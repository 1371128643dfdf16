/** Wraps a command line at spaces outside quotes (also within `"$(…)"`), with a backslash at the end of each line. */
export function breakCommand(command: string, columns: number): string[] {
  const words = command.match(/(?:'[^']*'|"(?!\$\()(?:\\.|[^"\\])*"|\S)+/g) ?? [];
  const lines: string[] = [];
  let line = "";
  for (const piece of joinValues(words, columns - 4)) {
    if (line !== "" && line.length + 1 + piece.length + 2 > columns) {
      // Shells need no backslash after a pipe, and PowerShell does not support it.
      lines.push(line.endsWith("|") ? line : `${line} \\`);
      line = `  ${piece}`;
    } else {
      line = line === "" ? piece : `${line} ${piece}`;
    }
  }
  return [...lines, line];
}

/** Keeps a flag and its value on one line, if both fit. */
function joinValues(words: readonly string[], columns: number): string[] {
  const pieces: string[] = [];
  for (const [index, word] of words.entries()) {
    const before = words[index - 1] ?? "";
    const last = pieces.at(-1) ?? "";
    const isValue = /^--[^=]+$/.test(before) && !word.startsWith("-") && last === before;
    if (isValue && last.length + 1 + word.length <= columns) pieces[pieces.length - 1] = `${last} ${word}`;
    else pieces.push(word);
  }
  return pieces;
}
