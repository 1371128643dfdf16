import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { credentialFormats } from "../../src/delivery/formats/formats.js";
import { quoteForPosixShell } from "../../src/printable.js";
import { cleanEnvironment, programWords } from "./run-cli.js";
import { runProgram } from "./run-program.js";
import { createScratch } from "./scratch.js";

export const completedShells = ["bash", "fish", "powershell"] as const;
export type CompletedShell = (typeof completedShells)[number];
export type NameKind = "profile" | "file";

const quotes = ["'", '"', "`", "\u2018", "\u2019", "\u201a", "\u201b", "\u201c", "\u201d", "\u201e", "\u00b4"];
const operators = "$;&|<>(){}!#*?~%^@,=\\ ".split("");
/** Runs if a shell does not treat it as part of a name; creates the file CANARY. */
const commands = ["$(>CANARY)", "`>CANARY`", ";>CANARY;", "&>CANARY&", "';>CANARY;'", "\u2019;>CANARY;\u2019"];
const pieces = [...quotes, ...operators, ...commands, "a", "é", "日"];

/** Generates names with characters that are special to shells, the same in every run. */
export function hostileNames(count: number, withLineEnds = false): readonly string[] {
  const units = withLineEnds ? [...pieces, "\n", "\r", "\t", ";\n>CANARY\n"] : pieces;
  const names = fc.array(fc.constantFrom(...units), { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
  return fc.sample(names, { numRuns: count, seed: 25 }).map((name, index) => `p${index}.${name}z`);
}

/** Files or profiles of one home: each completion lists them all. */
const namesOfHome = 100;

/**
 * Lets a shell complete every name and run the result as an argument; returns that argument.
 *
 * @param mark Quotation mark at the start of the word.
 */
export function completeNames(
  shell: CompletedShell,
  kind: NameKind,
  names: readonly string[],
  mark: "" | "'" | '"' = "",
): readonly string[] {
  const root = createScratch("names");
  const script = join(root, "completion");
  const [program, ...words] = programWords();
  writeFileSync(
    script + (shell === "powershell" ? ".ps1" : ""),
    execFileSync(program, [...words, "completion", shell]),
  );
  const homes: string[] = [];
  for (let start = 0; start < names.length; start += namesOfHome) {
    const home = join(root, `home${start}`);
    mkdirSync(home);
    for (const name of kind === "file" ? names.slice(start, start + namesOfHome) : [])
      writeFileSync(join(home, name), "");
    const profiles = kind === "file" ? [] : names.slice(start, start + namesOfHome);
    writeFileSync(join(home, "config"), profiles.map((name) => `[profile ${name}]\nregion = us-east-1\n`).join(""));
    homes.push(home);
  }
  writeFileSync(join(root, "homes"), homes.map((home) => `${home}\n`).join(""));
  const line = `rolesanywhere-ts sign-string ${kind === "file" ? "--private-key" : "--settings-profile"} ${mark}p`;
  const driver = join(root, shell === "powershell" ? "driver.ps1" : "driver");
  writeFileSync(driver, drivers[shell]({ script, homes: join(root, "homes"), line, mark }));
  const [command, ...more] = starters[shell];
  const { stdout, stderr } = spawnSync(command, [...more, driver], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...cleanEnvironment(), LC_ALL: "C.UTF-8" },
  });
  refuseTraces(stderr, homes);
  return decodeLines(stdout);
}

function refuseTraces(stderr: string, folders: readonly string[]): void {
  if (stderr !== "") throw new Error(stderr.slice(0, 2_000));
  const folder = folders.find((one) => existsSync(join(one, "CANARY")));
  if (folder !== undefined) throw new Error(`something ran in ${folder}`);
}

function decodeLines(stdout: string): readonly string[] {
  return stdout.split("\n").flatMap((text) => (text === "" ? [] : [Buffer.from(text, "base64").toString("utf8")]));
}

interface Drive {
  readonly script: string;
  readonly homes: string;
  readonly line: string;
  readonly mark: string;
}

const starters: Readonly<Record<CompletedShell, readonly [string, ...string[]]>> = {
  bash: ["bash", "--norc"],
  fish: ["fish", "--no-config"],
  powershell: ["pwsh", "-NoProfile", "-NonInteractive", "-File"],
};

const drivers: Readonly<Record<CompletedShell, (drive: Drive) => string>> = {
  bash: ({ script, homes, line, mark }) => `. '${script}'
mark=${quoteForPosixShell(mark)}
while IFS= read -r home; do
  cd "$home"; export AWS_CONFIG_FILE=$home/config AWS_SHARED_CREDENTIALS_FILE=/dev/null
  COMP_LINE=${quoteForPosixShell(line)}; COMP_POINT=\${#COMP_LINE}; COMP_CWORD=3
  COMP_WORDS=(${line.split(" ").map(quoteForPosixShell).join(" ")})
  _rolesanywhere_ts
  for reply in "\${COMPREPLY[@]}"; do eval "set -- $mark$reply$mark"; printf '%s' "$*" | base64 -w0; echo; done
done <'${homes}'
`,
  fish: ({ script, homes, line }) => `source '${script}'
while read -l home
  cd $home; set -x AWS_CONFIG_FILE $home/config; set -x AWS_SHARED_CREDENTIALS_FILE /dev/null
  for inserted in (complete --escape -C '${line}' | string replace -r '\\t.*' '')
    eval "set --local found $inserted"
    printf '%s' "$found" | base64 -w0; echo
  end
end <'${homes}'
`,
  powershell: ({ script, homes, line }) => `. '${script}.ps1'
$env:AWS_SHARED_CREDENTIALS_FILE = '/dev/null'
foreach ($there in Get-Content -LiteralPath '${homes}') {
  Set-Location -LiteralPath $there; $env:AWS_CONFIG_FILE = "$there/config"
  foreach ($match in (TabExpansion2 '${line.replaceAll("'", "''")}' ${line.length}).CompletionMatches) {
    $found = Invoke-Expression "Write-Output -InputObject $($match.CompletionText)"
    [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes([string]$found))
  }
}
`,
};

/** Lets a shell run the output of a format for each value; returns the values of the variable that it set. */
export function runFormat(shell: CompletedShell, values: readonly string[]): readonly string[] {
  const root = createScratch("formats");
  const driver = join(root, shell === "powershell" ? "driver.ps1" : "driver");
  const show = {
    bash: `printf '%s' "$AWS_SESSION_TOKEN" | base64 -w0; echo\n`,
    fish: `printf '%s' $AWS_SESSION_TOKEN | base64 -w0; echo\n`,
    powershell: "[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($env:AWS_SESSION_TOKEN))\n",
  }[shell];
  const format = shell === "bash" ? "export" : shell;
  const statements = values.map((sessionToken) =>
    credentialFormats[format]({ accessKeyId: "ASIAEXAMPLE", secretAccessKey: "s", sessionToken }),
  );
  writeFileSync(driver, statements.map((text) => `${text}${show}`).join(""));
  const [command, ...more] = starters[shell];
  const { stdout, stderr } = spawnSync(command, [...more, driver], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    cwd: root,
    env: { ...cleanEnvironment(), LC_ALL: "C.UTF-8" },
  });
  refuseTraces(stderr, [root]);
  return decodeLines(stdout);
}

/** Types each line and a Tab into zsh on a separate terminal; returns the last word then. */
export async function completeInZsh(names: readonly string[]): Promise<readonly string[]> {
  const home = createScratch("zsh-names");
  const [program, ...words] = programWords();
  writeFileSync(join(home, "script"), execFileSync(program, [...words, "completion", "zsh"]));
  writeFileSync(join(home, "config"), names.map((name) => `[profile ${name}]\nregion = us-east-1\n`).join(""));
  writeFileSync(
    join(home, "setup"),
    `PS1=; unset HISTFILE; LISTMAX=0
autoload -Uz compinit; compinit -u -D
dump() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N dump; bindkey '^G' dump
. '${home}/script'`,
  );
  const lines = names.map((name) => `rolesanywhere-ts check --profile ${/^p\d+\./.exec(name)?.[0]}`);
  const env = { HOME: home, ZDOTDIR: home, TERM: "dumb", AWS_CONFIG_FILE: join(home, "config"), LC_ALL: "C.UTF-8" };
  const driver = fileURLToPath(new URL("../commands/completion/type-and-tab.py", import.meta.url));
  const typed = await runProgram("python3", [driver, "zsh", join(home, "setup")], {
    env,
    cwd: home,
    stdin: JSON.stringify(lines),
  });
  const became = (JSON.parse(typed.stdout) as { readonly line: string }[]).map(({ line }) => line);
  const script = `rolesanywhere-ts() { print -rn -- "$3" | base64 -w0; echo }\n${became.join("\n")}\n`;
  writeFileSync(join(home, "run"), script);
  const { stdout, stderr } = spawnSync("zsh", ["-f", "run"], {
    cwd: home,
    encoding: "utf8",
    env: cleanEnvironment(env),
  });
  refuseTraces(stderr, [home]);
  return decodeLines(stdout);
}
