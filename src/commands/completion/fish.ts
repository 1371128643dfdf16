import { mergeFlags } from "./command-line-model.js";
import type { CommandLineModel, CompletedCommand, CompletedFlag } from "./command-line-model.js";

/** A script for fish 3.1 and later. */
export function formatFishCompletion({ programName, commands, describes }: CommandLineModel): string {
  const start = `complete -c ${programName}`;
  const described = (text: string) => (describes ? ` -d ${quote(text)}` : "");
  const names = commands.map(({ name }) => name);
  const passing = commands.filter(({ passThrough }) => passThrough).map(({ name }) => name);
  const withWords = commands.filter(({ words }) => words.length > 0);
  return `# fish completion for ${programName}

# Whether one of these commands is on the command line, and its own flags may still follow.
function __rolesanywhere_ts_in
    set -l typed (commandline -opc)
    test (count $typed) -gt 1; and contains -- $typed[2] $argv; and not contains -- -- $typed
end

function __rolesanywhere_ts_none
    test (count (commandline -opc)) -eq 1
end

function __rolesanywhere_ts_passes
    set -l typed (commandline -opc)
    test (count $typed) -gt 2; and contains -- $typed[2] $argv; and contains -- -- $typed
end

# Completes the command line of the program that follows --.
function __rolesanywhere_ts_pass
    set -l typed (commandline -opc) (commandline -ct)
    set -l divider (contains -i -- -- $typed)
    complete -C (string join ' ' -- (string escape -- $typed[(math $divider + 1)..-2]) $typed[-1])
end

function __rolesanywhere_ts_folders
    __fish_complete_directories (string replace -r -- '^--[^=]*=' '' (commandline -ct)) ''
end

function __rolesanywhere_ts_profiles
    set -l config ~/.aws/config
    set -l credentials ~/.aws/credentials
    set -q AWS_CONFIG_FILE; and set config $AWS_CONFIG_FILE
    set -q AWS_SHARED_CREDENTIALS_FILE; and set credentials $AWS_SHARED_CREDENTIALS_FILE
    begin
        test -f "$config" -a -r "$config"; and string replace -rf '^\\[(default|profile\\s.*?)\\].*' '$1' <$config
        test -f "$credentials" -a -r "$credentials"; and string replace -rf '^\\[(?!(?:sso-session|services)\\s)(.*?)\\].*' '$1' <$credentials
    end | string replace -r '^profile\\s+' '' | string trim | string replace -r '^(["\\'])(.*)\\1$' '$2'
end

${start} -f
${start} -n __rolesanywhere_ts_none -l help${described("show help")}
${start} -n __rolesanywhere_ts_none -l version${described("print the version")}
${commands.map(({ name, summary }) => `${start} -n __rolesanywhere_ts_none -a ${name}${described(summary)}`).join("\n")}
${start} -n __rolesanywhere_ts_none -a help${described("Show help for a command")}
${start} -n '__rolesanywhere_ts_in help' -a '${names.join(" ")}'
${withWords.map(({ name, words }) => `${start} -n '__rolesanywhere_ts_in ${name}' -a '${words.join(" ")}'`).join("\n")}
${passing.map((name) => `${start} -n '__rolesanywhere_ts_passes ${name}' -a '(__rolesanywhere_ts_pass)'`).join("\n")}

${formatFlags(commands, start, describes).join("\n")}
`;
}

function formatFlags(commands: readonly CompletedCommand[], start: string, describes: boolean): string[] {
  return mergeFlags(commands).map(({ flag, commands: names }) => {
    const meaning = describes ? ` -d ${quote(flag.describe)}` : "";
    const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
    return `${start} -n '__rolesanywhere_ts_in ${names.join(" ")}' -l ${flag.name}${short}${formatValue(flag)}${meaning}`;
  });
}

function formatValue({ value, words }: CompletedFlag): string {
  switch (value) {
    case undefined:
      return "";
    case "file":
      return " -r -F";
    case "directory":
      return " -x -a '(__rolesanywhere_ts_folders)'";
    case "profile":
      return " -x -a '(__rolesanywhere_ts_profiles)'";
    case "words":
      return ` -x -a ${quote(words.join(" "))}`;
    case "anything":
      return " -x";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
