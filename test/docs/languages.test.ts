// Blocks in languages of others: each is read by the program that it is written for, where that is there.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readPages } from "../../scripts/docs/page.js";
import { readCommands, shellLanguages } from "../../scripts/docs/transcript.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";
import type { ToolName } from "../support/tools.js";

interface Reader {
  readonly tool: ToolName;
  readonly words: (path: string) => readonly string[];
}

const pwshParse = (path: string) =>
  `$faults = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('${path}', [ref]$null, [ref]$faults); $faults; exit $faults.Count`;

const shell: Reader = { tool: "bash", words: (path) => ["bash", "-n", path] };
const python: Reader = {
  tool: "python3",
  words: (path) => ["python3", "-c", `import ast; ast.parse(open(${JSON.stringify(path)}).read())`],
};
const terraform: Reader = {
  tool: "terraform",
  words: (path) => ["terraform", "fmt", "-write=false", "-list=false", path],
};
const powershell: Reader = { tool: "pwsh", words: (path) => ["pwsh", "-NoProfile", "-Command", pwshParse(path)] };

const readers: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries([...shellLanguages].map((language) => [language, shell])),
  fish: { tool: "fish", words: (path) => ["fish", "--no-execute", path] },
  zsh: { tool: "zsh", words: (path) => ["zsh", "-n", path] },
  powershell,
  pwsh: powershell,
  python,
  py: python,
  hcl: terraform,
  terraform,
};

const endings: Readonly<Record<string, string>> = { hcl: "tf", terraform: "tf", powershell: "ps1", pwsh: "ps1" };

const root = fileURLToPath(new URL("../..", import.meta.url));
const all = readPages(root).flatMap(({ path, blocks }) =>
  blocks.map((block) => ({ ...block, place: `${path}:${block.line}` })),
);
const languages = [...new Set(all.map(({ language }) => language))];
const folder = createScratch("blocks");

function readBlock(
  language: string,
  { text, line }: { readonly text: string; readonly line: number },
  { words }: Reader,
) {
  const code =
    language === "console"
      ? readCommands(language, text)
          .map((command) => command.text)
          .join("\n")
      : text;
  const path = join(folder, `block-${language}-${line}.${endings[language] ?? language}`);
  writeFileSync(path, `${code}\n`);
  const [program = "", ...rest] = words(path);
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: "utf8", timeout: 30_000 });
  return { status, output: status === 0 ? "" : stdout + stderr };
}

describe("blocks in", () => {
  const present = languages.flatMap((language) => {
    const reader = Object.hasOwn(readers, language) ? readers[language] : undefined;
    if (reader === undefined || !requireTools(`blocks in ${language}`, reader.tool)) return [];
    return [{ language, reader, blocks: all.filter((block) => block.language === language) }];
  });
  test.each(present)("$language are read by their own program", ({ language, blocks, reader }) => {
    const outcomes = blocks.map((block) => [block.place, readBlock(language, block, reader)]);
    expect(outcomes).toEqual(blocks.map(({ place }) => [place, { status: 0, output: "" }]));
  });

  test.each(present)("$language would be refused with a fault", ({ language, reader }) => {
    const faulty = { console: "$ (", python: "def", py: "def", hcl: "a {", terraform: "a {" }[language] ?? "if (";
    expect(readBlock(language, { text: faulty, line: 0 }, reader).status).not.toBe(0);
  });
});
