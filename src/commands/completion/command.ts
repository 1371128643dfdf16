import { basename } from "node:path";
import { readerShellOf } from "../../aws/reader-shell.js";
import type { Arguments } from "../line/arguments.js";
import type { Command, Registry } from "../command.js";
import { commandSummaries } from "../summaries.js";
import type { CommandName } from "../summaries.js";
import { UsageError } from "../../errors.js";
import { formatBashCompletion } from "./bash.js";
import { toCompletedCommand } from "./command-line-model.js";
import type { CommandLineModel } from "./command-line-model.js";
import { formatFishCompletion } from "./fish.js";
import { formatPowershellCompletion } from "./powershell.js";
import { formatZshCompletion } from "./zsh.js";
import type { Invocation } from "../invocation.js";
import { choiceByMeaning } from "../line/choice-meanings.js";
import { nearest } from "../../settings/nearest.js";
import { programName } from "../program-name.js";

const formatters = {
  bash: formatBashCompletion,
  zsh: formatZshCompletion,
  fish: formatFishCompletion,
  powershell: formatPowershellCompletion,
} as const satisfies Record<string, (model: CommandLineModel) => string>;

const shells = Object.keys(formatters) as readonly (keyof typeof formatters)[];

const options = {
  "no-descriptions": {
    kind: "boolean",
    describe: "leave out the descriptions of commands and flags; bash never shows them",
  },
} as const;

interface Input {
  /** Undefined shows help. */
  readonly shell: keyof typeof formatters | undefined;
  readonly programName: string;
  readonly describes: boolean;
}

/** @param registry The commands to complete. A parameter, because it includes this command. */
export const createCompletionCommand = (registry: Registry): Command<typeof options, Input> => ({
  name: "completion",
  description: [
    "Prints a script that completes commands, flags, their values, files and AWS profiles on the command line of a shell.",
    "It completes the name under which it was called, and starts no process of its own.",
  ].join("\n"),
  positionals: { usage: shells.join("|"), describe: "the shell", minimum: 0, maximum: 1, choices: shells },
  options,
  examples: [
    { command: "source <(rolesanywhere-ts completion bash)", describe: "In ~/.bashrc" },
    { command: "source <(rolesanywhere-ts completion zsh)", describe: "In ~/.zshrc, after compinit" },
    {
      command: "rolesanywhere-ts completion fish > ~/.config/fish/completions/rolesanywhere-ts.fish",
      describe: "Once for fish",
    },
    {
      command: "rolesanywhere-ts completion powershell | Out-String | Invoke-Expression",
      describe: "In the profile of PowerShell, which $PROFILE names",
    },
  ],
  toInput,
  run: async ({ shell, programName: name, describes }, invocation) => {
    if (shell === undefined) {
      const { formatCommandHelp } = await import("../line/help.js");
      const reader = readerShellOf(invocation);
      return { stdout: await formatCommandHelp(programName, createCompletionCommand(registry), reader), exitStatus: 0 };
    }
    const commands = await Promise.all(
      Object.entries(registry).map(async ([name, { load }]) => {
        const { summary } = commandSummaries[name as CommandName];
        return toCompletedCommand(await load(), summary);
      }),
    );
    return { stdout: formatters[shell]({ programName: name, commands, describes }), exitStatus: 0 };
  },
});

function toInput({ options: flags, positionals }: Arguments<typeof options>, { executablePath }: Invocation): Input {
  const [named] = positionals;
  const shell = shells.find((name) => name === named);
  if (shell === undefined && named !== undefined) throw unknownShell(named);
  return { shell, programName: calledName(executablePath), describes: flags["no-descriptions"] !== true };
}

function unknownShell(found: string): UsageError {
  return new UsageError("ERR_ARGUMENT", `unknown shell "${found}", expected one of ${shells.join(", ")}`, {
    hints: [
      `write "${programName} completion ${choiceByMeaning(found, shells) ?? nearest(found.toLowerCase(), shells) ?? "--help"}"`,
    ],
  });
}

/** The word that users type for this program. A plain word needs no quotes in the scripts. */
function calledName(path: string): string {
  const name = basename(path).replace(/\.(?:cjs|exe)$/, "");
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) ? name : programName;
}
