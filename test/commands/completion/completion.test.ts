import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { registry } from "../../../src/commands/registry.js";
import { quoteForPosixShell } from "../../../src/printable.js";
import { programWords, runCli } from "../../support/run-cli.js";
import { runProgram } from "../../support/run-program.js";
import { createScratch } from "../../support/scratch.js";
import { requireTools } from "../../support/tools.js";

const driver = fileURLToPath(new URL("type-and-tab.py", import.meta.url));
const commands = Object.keys(registry);

/** A home with profiles and files whose names a careless script would run or break. */
function createHome(): { readonly home: string; readonly work: string; readonly canary: string } {
  const home = createScratch("home");
  const canary = join(home, "canary");
  const work = join(home, "work");
  mkdirSync(join(home, ".aws"));
  mkdirSync(join(work, "certs folder"), { recursive: true });
  writeFileSync(join(work, "client one.pem"), "");
  writeFileSync(join(work, "$(touch canary).key"), "");
  writeFileSync(
    join(home, ".aws/config"),
    [
      `[default]\n[profile prod]\nregion = us-east-1\n[profile "quite long"]\n[profile evil $(touch ${canary})]\n[profile\ttabbed ]\n`,
      "[sso-session corp]\n[services local]\n[plugins]\n",
    ].join(""),
  );
  writeFileSync(
    join(home, ".aws/credentials"),
    "[keys-only]\naws_access_key_id = AKIDEXAMPLE\n[prod]\n[sso-session corp]\n[services local]\n",
  );
  return { home, work, canary };
}

const scripts = new Map<string, string>();

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    scripts.set(shell, (await runCli(["completion", shell])).stdout);
  }
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish", "powershell"])("writes a script for %s that names every command", async (shell) => {
    expect(await runCli(["completion", shell])).toMatchObject({ stderr: "", status: 0 });
    for (const command of commands) expect(scripts.get(shell)).toContain(command);
  });

  it("is ASCII, which is the same in every code page", () => {
    for (const script of scripts.values()) expect(script).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it("leaves descriptions out when asked, in every shell that shows them", async () => {
    for (const shell of ["zsh", "fish", "powershell"]) {
      const { stdout } = await runCli(["completion", shell, "--no-descriptions"]);
      expect(stdout.length).toBeLessThan((scripts.get(shell)?.length ?? 0) * 0.8);
      expect(stdout).not.toContain("trust anchor; its region");
    }
  });

  it("names the supported shells", async () => {
    expect(await runCli(["completion", "fisch"])).toMatchObject({
      stdout: "",
      stderr:
        'rolesanywhere-ts: error[ERR_ARGUMENT]: unknown shell "fisch", expected one of bash, zsh, fish, powershell\n' +
        'rolesanywhere-ts: hint: write "rolesanywhere-ts completion fish"\n',
      status: 2,
    });
  });
});

interface Typed {
  readonly line: string;
  readonly listed: string;
}

async function typeAndTab(shell: "bash" | "zsh", setup: string, lines: readonly string[]) {
  const { home, work, canary } = createHome();
  const script = join(home, "script");
  const setupFile = join(home, "setup");
  writeFileSync(script, scripts.get(shell) ?? "");
  writeFileSync(setupFile, setup.replace("SCRIPT", script));
  const { stdout, stderr, status } = await runProgram("python3", [driver, shell, setupFile], {
    env: { HOME: home, ZDOTDIR: home, TERM: "dumb", PYENV_VERSION: process.env["PYENV_VERSION"] },
    cwd: work,
    stdin: JSON.stringify(lines),
  });
  expect([stderr, status]).toEqual(["", 0]);
  const results = JSON.parse(stdout) as Typed[];
  return { canary, results: new Map(lines.map((line, index) => [line, results[index] as Typed])) };
}

/** The profiles of that home, but for the one that runs something. */
const profiles = ["default", "keys-only", "prod", "quite long", "tabbed"];

/** Lines that have one completion, in each shell's own quoting. */
const single: Readonly<Record<"bash" | "zsh", Readonly<Record<string, string>>>> = {
  bash: {
    "rolesanywhere-ts credential-": "rolesanywhere-ts credential-process ",
    "rolesanywhere-ts credentials --trust": "rolesanywhere-ts credentials --trust-anchor-arn ",
    "rolesanywhere-ts credentials --format pow": "rolesanywhere-ts credentials --format powershell ",
    "rolesanywhere-ts credentials --format=pow": "rolesanywhere-ts credentials --format=powershell ",
    "rolesanywhere-ts check --profile quite": "rolesanywhere-ts check --profile quite\\ long ",
    "rolesanywhere-ts check --profile=pr": "rolesanywhere-ts check --profile=prod ",
    "rolesanywhere-ts check --profile keys": "rolesanywhere-ts check --profile keys-only ",
    "rolesanywhere-ts check --profile tab": "rolesanywhere-ts check --profile tabbed ",
    'rolesanywhere-ts check --profile "qui': 'rolesanywhere-ts check --profile "quite long" ',
    "rolesanywhere-ts check --profile 'qui": "rolesanywhere-ts check --profile 'quite long' ",
    'rolesanywhere-ts check --profile="qui': 'rolesanywhere-ts check --profile="quite long" ',
    'rolesanywhere-ts credentials --format "pow': 'rolesanywhere-ts credentials --format "powershell" ',
    'rolesanywhere-ts sign-string --private-key "cli': 'rolesanywhere-ts sign-string --private-key "client one.pem" ',
    'rolesanywhere-ts sign-string --private-key="cli': 'rolesanywhere-ts sign-string --private-key="client one.pem" ',
    "rolesanywhere-ts credentials --role-arn=c": "rolesanywhere-ts credentials --role-arn=c",
    "rolesanywhere-ts credentials c": "rolesanywhere-ts credentials c",
    "rolesanywhere-ts exec --profile prod -- base6": "rolesanywhere-ts exec --profile prod -- base64 ",
    "rolesanywhere-ts sign-string --private-key cli": "rolesanywhere-ts sign-string --private-key client\\ one.pem ",
    "rolesanywhere-ts sign-string --private-key=cli": "rolesanywhere-ts sign-string --private-key=client\\ one.pem ",
    "rolesanywhere-ts serve --cert-store c": "rolesanywhere-ts serve --cert-store certs\\ folder/",
    "rolesanywhere-ts credentials --role-arn arn:aws:iam::1:role/x --save":
      "rolesanywhere-ts credentials --role-arn arn:aws:iam::1:role/x --save-to-file ",
    "rolesanywhere-ts credentials --role-arn c": "rolesanywhere-ts credentials --role-arn c",
    "rolesanywhere-ts request -o cl": "rolesanywhere-ts request -o client\\ one.pem ",
    "rolesanywhere-ts exec --profile prod -- cat cl": "rolesanywhere-ts exec --profile prod -- cat client\\ one.pem ",
    "rolesanywhere-ts cache cl": "rolesanywhere-ts cache clear ",
    "rolesanywhere-ts help upd": "rolesanywhere-ts help update ",
    "rolesanywhere-ts completion f": "rolesanywhere-ts completion fish ",
    "rolesanywhere-ts nonsense --pro": "rolesanywhere-ts nonsense --pro",
  },
  zsh: {
    "rolesanywhere-ts credential-": "rolesanywhere-ts credential-process ",
    "rolesanywhere-ts credentials --trust": "rolesanywhere-ts credentials --trust-anchor-arn=",
    "rolesanywhere-ts credentials --format pow": "rolesanywhere-ts credentials --format powershell ",
    "rolesanywhere-ts credentials --format=pow": "rolesanywhere-ts credentials --format=powershell ",
    "rolesanywhere-ts check --profile quite": "rolesanywhere-ts check --profile quite\\ long ",
    "rolesanywhere-ts check --profile=pr": "rolesanywhere-ts check --profile=prod ",
    "rolesanywhere-ts check --profile keys": "rolesanywhere-ts check --profile keys-only ",
    "rolesanywhere-ts check --profile tab": "rolesanywhere-ts check --profile tabbed ",
    'rolesanywhere-ts check --profile "qui': 'rolesanywhere-ts check --profile "quite long" ',
    "rolesanywhere-ts check --profile 'qui": "rolesanywhere-ts check --profile 'quite long' ",
    'rolesanywhere-ts check --profile="qui': "rolesanywhere-ts check --profile=quite\\ long ",
    'rolesanywhere-ts credentials --format "pow': 'rolesanywhere-ts credentials --format "powershell" ',
    'rolesanywhere-ts sign-string --private-key "cli': 'rolesanywhere-ts sign-string --private-key "client one.pem" ',
    'rolesanywhere-ts sign-string --private-key="cli': "rolesanywhere-ts sign-string --private-key=client\\ one.pem ",
    "rolesanywhere-ts credentials --role-arn=c": "rolesanywhere-ts credentials --role-arn=c",
    "rolesanywhere-ts credentials c": "rolesanywhere-ts credentials c",
    "rolesanywhere-ts exec --profile prod -- base6": "rolesanywhere-ts exec --profile prod -- base64 ",
    "rolesanywhere-ts sign-string --private-key cli": "rolesanywhere-ts sign-string --private-key client\\ one.pem ",
    "rolesanywhere-ts sign-string --private-key=cli": "rolesanywhere-ts sign-string --private-key=client\\ one.pem ",
    "rolesanywhere-ts serve --cert-store c": "rolesanywhere-ts serve --cert-store certs\\ folder/",
    "rolesanywhere-ts credentials --role-arn c": "rolesanywhere-ts credentials --role-arn c",
    "rolesanywhere-ts request -o cl": "rolesanywhere-ts request -o client\\ one.pem ",
    "rolesanywhere-ts exec --profile prod -- cat cl": "rolesanywhere-ts exec --profile prod -- cat client\\ one.pem ",
    "rolesanywhere-ts cache cl": "rolesanywhere-ts cache clear ",
    "rolesanywhere-ts help upd": "rolesanywhere-ts help update ",
    "rolesanywhere-ts completion f": "rolesanywhere-ts completion fish ",
  },
};

const setups = {
  bash: `PS1=; unset HISTFILE
bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'
bind -x '"\\C-g": printf "<<%s>>\\n" "$READLINE_LINE"; READLINE_LINE='
. 'SCRIPT'`,
  zsh: `PS1=; unset HISTFILE; LISTMAX=0
autoload -Uz compinit; compinit -u -D
dump() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N dump; bindkey '^G' dump
. 'SCRIPT'`,
} as const;

describe.each(["bash", "zsh"] as const)("completion in %s", (shell) => {
  const isThere = requireTools(`completion in ${shell}`, shell, "python3");

  it.skipIf(!isThere)("completes commands, flags, values, files, folders and profiles", async () => {
    const { canary, results } = await typeAndTab(shell, setups[shell], Object.keys(single[shell]));
    expect(Object.fromEntries([...results].map(([line, { line: became }]) => [line, became]))).toEqual(single[shell]);
    expectAbsent(canary);
  });

  it.skipIf(!isThere)(
    "lists every command, every flag of one, and names that hold commands without running them",
    async () => {
      const asked = [
        "rolesanywhere-ts ",
        "rolesanywhere-ts scan --",
        "rolesanywhere-ts check --profile ",
        "rolesanywhere-ts check --profile evil",
        "rolesanywhere-ts check --certificate '$(",
      ] as const;
      const { canary, results } = await typeAndTab(shell, setups[shell], asked);
      const listed = (line: (typeof asked)[number]) => results.get(line)?.listed ?? "";
      for (const command of commands) expect(listed("rolesanywhere-ts ")).toContain(command);
      for (const flag of Object.keys((await registry["scan"]?.load())?.options as object)) {
        expect(listed("rolesanywhere-ts scan --")).toContain(`--${flag}`);
      }
      for (const profile of [...profiles.map((name) => name.split(" ")[0]), "evil"]) {
        expect(listed("rolesanywhere-ts check --profile ")).toContain(profile);
      }
      expect(listed("rolesanywhere-ts check --profile ")).not.toMatch(/corp|local|plugins/);
      expect(results.get("rolesanywhere-ts check --profile evil")?.line).toContain("evil\\ \\$\\(touch\\ ");
      expect(results.get("rolesanywhere-ts check --certificate '$(")?.line).toContain("'$(touch canary).key'");
      expectAbsent(canary);
      expectAbsent(join(dirname(canary), "work/canary"));
    },
  );
});

describe("completion in zsh", () => {
  it.skipIf(!requireTools("completion in zsh from a folder of fpath", "zsh", "python3"))(
    "works from a folder of fpath, with descriptions",
    async () => {
      const folder = createScratch("fpath");
      writeFileSync(join(folder, "_rolesanywhere-ts"), scripts.get("zsh") ?? "");
      const setup = setups.zsh.replace("autoload", `fpath=('${folder}' $fpath); autoload`).replace(". 'SCRIPT'", "");
      const { results } = await typeAndTab("zsh", setup, ["rolesanywhere-ts sca", "rolesanywhere-ts scan --max"]);
      expect(results.get("rolesanywhere-ts sca")?.line).toBe("rolesanywhere-ts scan ");
      expect(results.get("rolesanywhere-ts scan --max")?.line).toBe("rolesanywhere-ts scan --max-rcu=");
    },
  );
});

describe("completion in fish", () => {
  const isThere = requireTools("completion in fish", "fish");

  /** What fish offers for a line, as it prints it: the word, a tab, and what it means. */
  async function offered(line: string, home = createHome()): Promise<string[]> {
    const script = join(home.home, "script.fish");
    writeFileSync(script, scripts.get("fish") ?? "");
    const { stdout, stderr } = await runProgram("fish", ["-N", "-c", `source ${script}; complete -C $argv[1]`, line], {
      env: { HOME: home.home },
      cwd: home.work,
    });
    expect(stderr).toBe("");
    return stdout.split("\n").filter((text) => text !== "");
  }

  const words = async (line: string, home = createHome()) =>
    (await offered(line, home)).map((text) => text.split("\t", 1)[0]);

  it.skipIf(!isThere)("completes commands, flags, values, files, folders and profiles", async () => {
    expect((await words("rolesanywhere-ts ")).sort()).toEqual([...commands, "help"].sort());
    expect(await words("rolesanywhere-ts credential-")).toEqual(["credential-process"]);
    expect(await offered("rolesanywhere-ts scan --max")).toEqual([
      "--max-rcu\tmaximum read capacity units per second, on average",
    ]);
    expect(await words("rolesanywhere-ts credentials --format pow")).toEqual(["powershell"]);
    expect(await words("rolesanywhere-ts credentials --format=pow")).toEqual(["--format=powershell"]);
    expect(await words("rolesanywhere-ts sign-string --private-key cli")).toEqual(["client one.pem"]);
    expect(await words("rolesanywhere-ts sign-string --private-key=cli")).toEqual(["--private-key=client one.pem"]);
    expect(await words("rolesanywhere-ts serve --cert-store c")).toEqual(["certs folder/"]);
    expect(await words("rolesanywhere-ts serve --cert-store=c")).toEqual(["--cert-store=certs folder/"]);
    expect(await words("rolesanywhere-ts credentials --role-arn ")).toEqual([]);
    expect(await words("rolesanywhere-ts cache ")).toEqual(["clear", "list", "path"]);
    expect(await words("rolesanywhere-ts help upd")).toEqual(["update"]);
    expect(await words("rolesanywhere-ts exec --profile prod -- cat cl")).toEqual(["client one.pem"]);
    expect(await words("rolesanywhere-ts credentials --serv")).toEqual([]);
  });

  it.skipIf(!isThere)("works after an opening quote, after = and after the -- of exec", async () => {
    expect(await words('rolesanywhere-ts check --profile "qui')).toEqual(["quite long"]);
    expect(await words("rolesanywhere-ts check --profile='qui")).toEqual(["--profile=quite long"]);
    expect(await words('rolesanywhere-ts credentials --format "pow')).toEqual(["powershell"]);
    expect(await words('rolesanywhere-ts sign-string --private-key "cli')).toEqual(["client one.pem"]);
    expect(await words("rolesanywhere-ts credentials --role-arn=c")).toEqual([]);
    expect(await words("rolesanywhere-ts credentials c")).toEqual([]);
    expect(await words("rolesanywhere-ts exec --profile prod -- base6")).toContain("base64");
  });

  it.skipIf(!isThere)("offers profiles of both files and runs nothing in their names", async () => {
    const home = createHome();
    const offeredNames = (await words("rolesanywhere-ts check --profile ", home)).sort();
    expect(offeredNames).toEqual([...profiles, `evil $(touch ${home.canary})`].sort());
    expectAbsent(home.canary);
  });
});

describe("completion in PowerShell", () => {
  const isThere = requireTools("completion in PowerShell", "pwsh");

  /** What PowerShell inserts for each line; the line itself where it offers nothing of ours. */
  async function inserted(lines: readonly string[], { home, work } = createHome()): Promise<readonly string[]> {
    writeFileSync(join(home, "lines"), lines.map((line) => `${line}\n`).join(""));
    writeFileSync(join(home, "script.ps1"), scripts.get("powershell") ?? "");
    const ask = [
      ". ../script.ps1",
      "foreach ($line in Get-Content ../lines) { (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join '|' }",
    ];
    writeFileSync(join(home, "ask.ps1"), ask.join("\n"));
    const words = ["-NoProfile", "-File", join(home, "ask.ps1")];
    const { stdout, stderr } = await runProgram("pwsh", words, { env: { HOME: home }, cwd: work });
    expect(stderr).toBe("");
    return stdout.split(/\r?\n/).slice(0, -1);
  }

  const expected: Readonly<Record<string, string>> = {
    "rolesanywhere-ts cred": "credential-process|credentials",
    "rolesanywhere-ts scan --max": "--max-rcu",
    'rolesanywhere-ts scan "--max': "--max-rcu",
    "rolesanywhere-ts credentials --format pow": "powershell",
    'rolesanywhere-ts credentials --format "pow': "powershell",
    "rolesanywhere-ts credentials --format=pow": "--format=powershell",
    'rolesanywhere-ts credentials --format="pow': "--format=powershell",
    "rolesanywhere-ts check --profile qui": "'quite long'",
    "rolesanywhere-ts check --profile 'qui": "'quite long'",
    'rolesanywhere-ts check --profile="qui': "'--profile=quite long'",
    "rolesanywhere-ts sign-string --private-key cl": "'client one.pem'",
    'rolesanywhere-ts sign-string --private-key "cl': "'client one.pem'",
    "rolesanywhere-ts sign-string --private-key=cl": "'--private-key=client one.pem'",
    "rolesanywhere-ts serve --cert-store c": "'certs folder'",
    "rolesanywhere-ts cache ": "list|clear|path",
    // Nothing of ours, and no files: the word stays.
    "rolesanywhere-ts credentials --role-arn c": "c",
    'rolesanywhere-ts credentials --role-arn="c d': '--role-arn="c d',
    "rolesanywhere-ts credentials --role-arn ": " ",
    "rolesanywhere-ts credentials c": "c",
    "rolesanywhere-ts nonsense c": "c",
    "rolesanywhere-ts exec --profile prod -- Get-ChildI": "Get-ChildItem",
    "rolesanywhere-ts exec --profile prod -- cat cl": "'./client one.pem'",
    "rolesanywhere-ts exec --profile prod -- rolesanywhere-ts scan --max": "--max-rcu",
  };

  it.skipIf(!isThere)("completes commands, flags, values, files, folders and profiles", async () => {
    const lines = Object.keys(expected);
    const found = await inserted(lines);
    expect(Object.fromEntries(lines.map((line, index) => [line, found[index]]))).toEqual(expected);
  });

  it.skipIf(!isThere)("offers profiles of both files and runs nothing in their names", async () => {
    const home = createHome();
    const [all = ""] = await inserted(["rolesanywhere-ts check --profile "], home);
    const names = all.split("|").map((name) => name.replaceAll("'", ""));
    expect(names.sort()).toEqual([...profiles, `evil $(touch ${home.canary})`].sort());
    expectAbsent(home.canary);
  });
});

describe("the lines of the page for PowerShell", () => {
  it.skipIf(!requireTools("completion in the profile of PowerShell", "pwsh"))(
    "create a profile in a new home, once, and completion works",
    async () => {
      const page = readFileSync(new URL("../../../docs/completion.md", import.meta.url), "utf8");
      const [, lines = ""] = /```powershell\n(.*?)```/s.exec(page) ?? [];
      const home = createScratch("new-home");
      mkdirSync(join(home, "bin"));
      const started = programWords().map(quoteForPosixShell).join(" ");
      writeFileSync(join(home, "bin/rolesanywhere-ts"), `#!/bin/sh\nexec ${started} "$@"\n`, { mode: 0o755 });
      const env = { HOME: home, PATH: `${join(home, "bin")}:${process.env["PATH"] ?? ""}` };
      for (let times = 0; times < 2; times++) {
        expect(await runProgram("pwsh", ["-NoProfile", "-Command", lines], { env })).toMatchObject({
          stderr: "",
          status: 0,
        });
      }
      const profile = readFileSync(join(home, ".config/powershell/Microsoft.PowerShell_profile.ps1"), "utf8");
      expect(profile.match(/rolesanywhere-ts/g)).toHaveLength(1);
      const ask = "(TabExpansion2 'rolesanywhere-ts scan --max' 27).CompletionMatches.CompletionText";
      expect(await runProgram("pwsh", ["-Command", ask], { env })).toMatchObject({ stdout: "--max-rcu\n", stderr: "" });
    },
  );
});

function expectAbsent(path: string): void {
  expect(existsSync(path)).toBe(false);
}
