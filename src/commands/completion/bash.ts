import { mergeFlags } from "./command-line-model.js";
import type { CommandLineModel, CompletedCommand } from "./command-line-model.js";
import { profileNamesFunction } from "./profile-names.js";

/** A script for bash 3.2 and later. Readline completes files and folders, because it quotes them. */
export function formatBashCompletion({ programName, commands }: CommandLineModel): string {
  return `# bash completion for ${programName}

_rolesanywhere_ts_commands='${commands.map(({ name }) => name).join(" ")} help'
# Those that another program's command line follows.
_rolesanywhere_ts_passing='${passThroughNames(commands)}'

# Sets flags and words for a command: what may stand beside its values.
_rolesanywhere_ts_command() {
  flags= words=
  case $1 in
${commands.map(formatCommand).join("\n")}
    help) words=$_rolesanywhere_ts_commands ;;
  esac
}

# Sets value for a command and a flag: what kind of value follows, if any, and for words which.
_rolesanywhere_ts_value() {
  value= words=
  case "$1 $2" in
${formatValues(commands).join("\n")}
  esac
}

${profileNamesFunction}

${completeFunctions}

complete -o default -F _rolesanywhere_ts ${programName}
`;
}

function formatCommand({ name, flags, words }: CompletedCommand): string {
  const names = flags.map((flag) => `--${flag.name}`).join(" ");
  return `    ${name})
      flags='${names}'
      words='${words.join(" ")}'
      ;;`;
}

/** One branch for each flag with a value. A flag with the same meaning in all commands is matched by name only. */
function formatValues(commands: readonly CompletedCommand[]): string[] {
  const merged = mergeFlags(commands);
  return merged.flatMap(({ flag, commands: names }) => {
    if (flag.value === undefined) return [];
    const isUnique = merged.every(({ flag: other }) => other === flag || other.name !== flag.name);
    const spellings = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
    const patterns = spellings.flatMap((spelling) =>
      isUnique ? [`*' ${spelling}'`] : names.map((name) => `'${name} ${spelling}'`),
    );
    const words = flag.words.length === 0 ? "" : ` words='${flag.words.join(" ")}'`;
    return [`    ${patterns.join(" | ")}) value=${flag.value}${words} ;;`];
  });
}

function passThroughNames(commands: readonly CompletedCommand[]): string {
  return commands
    .filter(({ passThrough }) => passThrough)
    .map(({ name }) => name)
    .join(" ");
}

const completeFunctions = `# Offers what begins like the word under the cursor, without the part that readline keeps. Behind an opening quotation mark,
# readline keeps the mark and closes it.
_rolesanywhere_ts_offer() {
  local candidate quoted mark=\${current#"$prefix"}
  case $mark in \\"*) mark=\\" ;; \\'*) mark=\\' ;; *) mark= ;; esac
  while IFS= read -r candidate; do
    [ -n "$candidate" ] || continue
    case $mark in
      \\')
        quoted=\${candidate//\\'/\\'\\\\\\'\\'}
        ;;
      \\")
        printf -v quoted %s "$candidate"
        quoted=\${quoted//\\\\/\\\\\\\\}
        quoted=\${quoted//\\"/\\\\\\"}
        quoted=\${quoted//\\$/\\\\\\$}
        quoted=\${quoted//\\\`/\\\\\\\`}
        quoted=\${quoted//!/\\"\\'!\\'\\"}
        ;;
      *) printf -v quoted %q "$candidate" ;;
    esac
    quoted=$prefix$mark$quoted
    case $quoted in "$current"*) quoted=\${quoted#"$kept"}; COMPREPLY[\${#COMPREPLY[@]}]=\${quoted#"$mark"} ;; esac
  done
}

_rolesanywhere_ts() {
  local current= kept= prefix= command= flag= value= flags= words= word= line= last= index= rest=
  local -a typed starts
  COMPREPLY=()

  # Bash breaks words at = and : too; here they are whole again.
  line=\${COMP_LINE:0:COMP_POINT}
  for ((index = 0; index <= COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if ((index > 0)) && [[ $line != [[:space:]]* && -n $line ]]; then
      typed[last]=\${typed[last]}$word
    else
      while [[ $line == [[:space:]]* ]]; do line=\${line#?}; done
      last=\${#typed[@]}
      typed[last]=$word
      starts[last]=$index
    fi
    line=\${line#"$word"}
  done
  current=\${typed[last]}
  word=\${COMP_WORDS[COMP_CWORD]}
  [ "$word" = = ] || [ "$word" = : ] && word=
  kept=\${current%"$word"}

  if ((last == 1)); then
    compopt +o default 2>/dev/null
    case $current in
      -*) words='--help --version' ;;
      *) words=$_rolesanywhere_ts_commands ;;
    esac
    _rolesanywhere_ts_offer <<<"\${words// /$'\\n'}"
    return
  fi

  command=\${typed[1]}
  for ((index = 2; index < last; index++)); do
    word=\${typed[index]}
    case $word in
      --) rest=$((index + 1)) ;;
      -*=*) ;;
      -*)
        _rolesanywhere_ts_value "$command" "$word"
        [ -n "$value" ] && { flag=$word; ((++index < last)) && flag=; }
        ;;
      *) case " $_rolesanywhere_ts_passing " in *" $command "*) rest=$index ;; esac ;;
    esac
    [ -n "$rest" ] && break
  done

  if [ -n "$rest" ]; then
    if declare -F _command_offset >/dev/null; then
      _command_offset "\${starts[rest]}"
    elif ((rest == last)); then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY[\${#COMPREPLY[@]}]=$word; done < <(compgen -c -- "$current")
    fi
    return
  fi

  if [ -z "$flag" ]; then
    case $current in
      --*=*)
        flag=\${current%%=*}
        prefix=$flag=
        ;;
    esac
  fi
  if [ -n "$flag" ]; then
    _rolesanywhere_ts_value "$command" "$flag"
    case $value in
      file) ;;
      directory) compopt +o default -o dirnames 2>/dev/null ;;
      *)
        compopt +o default 2>/dev/null
        if [ "$value" = profile ]; then
          _rolesanywhere_ts_offer < <(_rolesanywhere_ts_profiles)
        else
          _rolesanywhere_ts_offer <<<"\${words// /$'\\n'}"
        fi
        ;;
    esac
    return
  fi

  compopt +o default 2>/dev/null
  _rolesanywhere_ts_command "$command"
  case \${current#[\\"\\']} in -*) words=$flags ;; esac
  _rolesanywhere_ts_offer <<<"\${words// /$'\\n'}"
}`;
