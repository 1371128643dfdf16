import type { CommandLineModel, CompletedCommand, CompletedFlag } from "./command-line-model.js";

/** Functions that complete a word, files, profiles of the AWS files, and the command line of another program. */
const candidateFunctions = String.raw`  # What was typed of the word, without the quotation marks around it.
  $word = $wordToComplete -replace '^["\u0027\u2018-\u201e]', ''
  if ($word -cne $wordToComplete) { $word = $word -replace '["\u0027\u2018-\u201e]\z', '' -replace '([\u0027\u2018-\u201b])\1', '$1' }

  # PowerShell reads curly quotes as straight ones, so both are doubled.
  function Get-Candidate($Text, $Meaning, $Comparison = [StringComparison]::Ordinal) {
    if (-not $Text.StartsWith($word, $Comparison)) { return }
    $inserted = if ($Text -cmatch '\A[A-Za-z0-9+=:./_-]+\z') { $Text } else { "'" + ($Text -replace '[\u0027\u2018-\u201b]', '$0$0') + "'" }
    $tip = if ($Meaning) { $Meaning } else { $Text }
    [System.Management.Automation.CompletionResult]::new($inserted, $Text, 'ParameterValue', $tip)
  }

  # With nothing offered, PowerShell would offer files.
  function Get-SameWord {
    $last = $commandAst.CommandElements[-1].Extent
    $same = if ($last.EndOffset -ge $cursorPosition) { $last.Text } else { ' ' }
    [System.Management.Automation.CompletionResult]::new($same, $same, 'Text', $same)
  }

  function Get-FileCandidate($Prefix, $FoldersOnly) {
    $path = $word.Substring($Prefix.Length)
    $separators = [char[]]@([IO.Path]::DirectorySeparatorChar, [IO.Path]::AltDirectorySeparatorChar)
    $folder = $path.Substring(0, $path.LastIndexOfAny($separators) + 1)
    $where = if ($folder -eq '') { '.' } elseif ($folder.StartsWith('~')) { $HOME + $folder.Substring(1) } else { $folder }
    $hidden = $path.Substring($folder.Length).StartsWith('.')
    Get-ChildItem -LiteralPath $where -Force:$hidden -ErrorAction Ignore | ForEach-Object {
      if ($FoldersOnly -and -not $_.PSIsContainer) { return }
      Get-Candidate ($Prefix + $folder + $_.Name) '' ([StringComparison]::OrdinalIgnoreCase)
    }
  }

  # Only profiles: [profile x] and [default], and in the credentials file all but sections of other kinds.
  function Get-ProfileName {
    $config = if ($env:AWS_CONFIG_FILE) { $env:AWS_CONFIG_FILE } else { Join-Path $HOME '.aws/config' }
    $credentials = if ($env:AWS_SHARED_CREDENTIALS_FILE) { $env:AWS_SHARED_CREDENTIALS_FILE } else { Join-Path $HOME '.aws/credentials' }
    $names = foreach ($file in $config, $credentials) {
      if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { continue }
      foreach ($line in Get-Content -LiteralPath $file -Encoding UTF8 -ErrorAction Ignore) {
        if ($line -cnotmatch '^\[(profile\s+)?(.+?)\]') { continue }
        if ($Matches[1] -or $Matches[2] -ceq 'default' -or ($file -ceq $credentials -and $Matches[2] -cnotmatch '^(sso-session|services)\s')) {
          $Matches[2].Trim() -replace '\A(["\u0027])(.*)\1\z', '$2'
        }
      }
    }
    $names | Select-Object -Unique
  }

  # What the words behind -- would be offered on a line of their own.
  function Get-PassedCandidate($Divider) {
    $start = $Divider.Extent.EndOffset - $commandAst.Extent.StartOffset
    $rest = $commandAst.Extent.Text.Substring($start).TrimStart()
    if ($cursorPosition -gt $commandAst.Extent.EndOffset) { $rest += ' ' }
    if ($rest.Trim() -eq '') { return Get-FileCandidate '' $false }
    (TabExpansion2 -inputScript $rest -cursorColumn $rest.Length).CompletionMatches
  }`;

/**
 * A script for Windows PowerShell 5.1 and PowerShell 7. It completes files itself: PowerShell inserts a name with a
 * line break without quotes, and would run the text after the break.
 */
export function formatPowershellCompletion({ programName, commands, describes }: CommandLineModel): string {
  const described = (text: string) => (describes ? text : "");
  const table = commands.map((command) => formatCommand(command, described));
  const summaries = commands.map(({ name, summary }) => `    ${quote(name)} = ${quote(described(summary))}`);
  return `# PowerShell completion for ${programName}

Register-ArgumentCompleter -Native -CommandName ${quote(programName)} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)

  $summaries = [ordered]@{
${summaries.join("\n")}
    'help' = ${quote(described("Show help for a command"))}
  }
  # For each command its words, and for each flag what it means and which values it takes: $null where it takes none.
  $commands = @{
${table.join("\n")}
    'help' = @{ Words = @($summaries.Keys); Flags = [ordered]@{} }
  }

${candidateFunctions}

  $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  if ($typed.Count -le 1) {
    foreach ($name in $summaries.Keys) { Get-Candidate $name $summaries[$name] }
    return
  }
  $divider = $commandAst.CommandElements | Where-Object { $_.Extent.Text -ceq '--' -and $_.Extent.EndOffset -lt $cursorPosition } | Select-Object -First 1
  if ($divider) { return Get-PassedCandidate $divider }
  $command = $commands[$typed[1]]
  if ($null -eq $command) { return Get-SameWord }
  $flags = $command.Flags
  $prefix = ''
  $flag = $typed[-1]
  if ($word -match '^(--[a-z0-9-]+)=') {
    $flag = $Matches[1]
    $prefix = "$flag="
  }
  $found = if ($flags.Contains($flag) -and $null -ne $flags[$flag].Offers) {
    $offers = $flags[$flag].Offers
    if ($offers -isnot [string]) { $offers | ForEach-Object { Get-Candidate ($prefix + $_) '' } }
    elseif ($offers -eq 'profile') { Get-ProfileName | ForEach-Object { Get-Candidate ($prefix + $_) '' } }
    elseif ($offers -ne 'anything') { Get-FileCandidate $prefix ($offers -eq 'directory') }
  }
  elseif ($word.StartsWith('-')) { foreach ($name in $flags.Keys) { Get-Candidate $name $flags[$name].Meaning } }
  else { foreach ($choice in $command.Words) { Get-Candidate $choice '' } }
  if ($found) { $found } else { Get-SameWord }
}
`;
}

function formatCommand({ name, words, flags }: CompletedCommand, described: (text: string) => string): string {
  return `    ${quote(name)} = @{
      Words = @(${words.map(quote).join(", ")})
      Flags = [ordered]@{
${flags.map((flag) => `        '--${flag.name}' = @{ Meaning = ${quote(described(flag.describe))}; Offers = ${formatValues(flag)} }`).join("\n")}
      }
    }`;
}

function formatValues({ value, words }: CompletedFlag): string {
  if (value === undefined) return "$null";
  return value === "words" ? `@(${words.map(quote).join(", ")})` : quote(value);
}

/** PowerShell reads curly quotes as straight ones, so both are doubled. */
function quote(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
