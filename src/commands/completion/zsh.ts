import { quoteForPosixShell } from "../../printable.js";
import type { CommandLineModel, CompletedCommand, CompletedFlag } from "./command-line-model.js";
import { profileNamesFunction } from "./profile-names.js";

/** A script for zsh, to source or to put into a folder of fpath. */
export function formatZshCompletion({ programName, commands, describes }: CommandLineModel): string {
  const summaries = commands.map(({ name, summary }) =>
    describes ? quoteForPosixShell(`${name}:${summary.replaceAll(":", "\\:")}`) : quoteForPosixShell(name),
  );
  return `#compdef ${programName}
# zsh completion for ${programName}

${profileNamesFunction}

_rolesanywhere_ts_offer_profiles() {
  local -aU names
  names=("\${(@f)$(_rolesanywhere_ts_profiles)}")
  compadd -- "\${names[@]:#}"
}

_rolesanywhere_ts_offer_commands() {
  local -a commands
  commands=(
${summaries.map((word) => `    ${word}`).join("\n")}
    ${describes ? "'help:Show help for a command'" : "help"}
  )
  _describe command commands
}

_rolesanywhere_ts() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C '(- *)--help[show help]' '(- *)--version[print the version]' \\
    '1: :_rolesanywhere_ts_offer_commands' '*:: :->words' && return
  [[ $state == words ]] || return 1
  case $words[1] in
${commands.map((command) => formatCommand(command, describes)).join("\n")}
    help) _arguments '1: :_rolesanywhere_ts_offer_commands' ;;
  esac
}

if [[ $funcstack[1] == _rolesanywhere_ts || $funcstack[1] == _${programName} ]]; then
  _rolesanywhere_ts "$@"
else
  compdef _rolesanywhere_ts ${quoteForPosixShell(programName)}
fi
`;
}

function formatCommand({ name, flags, words, passThrough }: CompletedCommand, describes: boolean): string {
  const specs = flags.map((flag) => formatFlag(flag, describes));
  const positional = words.length > 0 ? [quoteForPosixShell(`1: :(${words.join(" ")})`)] : [];
  const rest = passThrough ? [quoteForPosixShell("*::: :_normal")] : [];
  return [`    ${name})`, "      _arguments -s -S \\", ...lines([...specs, ...positional, ...rest]), "      ;;"].join(
    "\n",
  );
}

function lines(specs: readonly string[]): string[] {
  return specs.map((spec, index) => `        ${spec}${index === specs.length - 1 ? "" : " \\"}`);
}

function formatFlag(
  { name, short, describe, value, words, placeholder, repeatable }: CompletedFlag,
  describes: boolean,
) {
  const meaning = describes ? `[${describe.replaceAll(/[[\]\\]/g, "\\$&")}]` : "";
  const action = { words: `(${words.join(" ")})`, file: "_files", directory: "_files -/", anything: " ", profile: "" };
  const offered = value === "profile" ? "_rolesanywhere_ts_offer_profiles" : action[value ?? "anything"];
  const follows = value === undefined ? "" : `:${placeholder.replaceAll(":", "\\:")}:${offered}`;
  const long = `--${name}${value === undefined ? "" : "="}`;
  if (short === undefined) return quoteForPosixShell(`${repeatable ? "*" : ""}${long}${meaning}${follows}`);
  const one = `-${short}${value === undefined ? "" : "+"}`;
  const exclusion = repeatable ? "'*'" : quoteForPosixShell(`(-${short} --${name})`);
  return `${exclusion}{${one},${long}}${quoteForPosixShell(`${meaning}${follows}`)}`;
}
