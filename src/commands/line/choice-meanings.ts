/** Values by their names in other tools. The first one among the choices is used. */
const meanings: Readonly<Record<string, string>> = {
  powershell: "pwsh ps ps1 posh windows-powershell",
  export: "bash sh zsh dash ksh posix shell",
  bash: "sh dash ksh posix",
  cmd: "bat batch cmd.exe",
  ndjson: "jsonl jsonlines json-lines",
  parquet: "pq",
  arrow: "feather ipc",
  text: "txt plain",
  table: "pretty",
  dotenv: ".env",
};

/** Finds the choice that a word means in other tools. */
export function choiceByMeaning(text: string, choices: readonly string[]): string | undefined {
  const word = text.toLowerCase();
  return Object.entries(meanings).find(
    ([name, words]) => choices.includes(name) && words.split(" ").includes(word),
  )?.[0];
}
