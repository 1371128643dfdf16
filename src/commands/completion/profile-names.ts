/**
 * A function for bash (3.2 and later) and zsh that prints the profiles of the AWS config and credentials files, one per
 * line. It only reads text and never runs a profile's name.
 */
export const profileNamesFunction = `_rolesanywhere_ts_profiles() {
  local file line name
  for file in "\${AWS_CONFIG_FILE:-$HOME/.aws/config}" "\${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}"; do
    [ -f "$file" ] && [ -r "$file" ] || continue
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        '[profile'[[:space:]]*']'* | '[default]'*) ;;
        '[sso-session'[[:space:]]*']'* | '[services'[[:space:]]*']'*) continue ;;
        '['*']'*) [ "$file" = "\${AWS_CONFIG_FILE:-$HOME/.aws/config}" ] && continue ;;
        *) continue ;;
      esac
      name=\${line#'['}
      name=\${name%%']'*}
      case $name in profile[[:space:]]*) name=\${name#profile} ;; esac
      while [[ $name == [[:space:]]* ]]; do name=\${name#?}; done
      while [[ $name == *[[:space:]] ]]; do name=\${name%?}; done
      case $name in
        '"'*'"' | "'"*"'")
          name=\${name#?}
          name=\${name%?}
          ;;
      esac
      printf '%s\\n' "$name"
    done <"$file"
  done
}`;
