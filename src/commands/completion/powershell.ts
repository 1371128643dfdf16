import type { CommandLineModel, CompletedCommand, CompletedFlag } from "./command-line-model.js";

/** What offers one word, the files below a folder, and the profiles of the AWS config file. */
const candidateFunctions = `  # What was typed of the word, without the quotation mark before it.
  $word = $wordToComplete -replace '^["\\u0027\\u2018-\\u201e]', ''

  # PowerShell takes curly quotes for straight ones, so they are doubled alike.
  function Get-Candidate($Text, $Meaning, $Comparison = [StringComparison]::Ordinal) {
    if (-not $Text.StartsWith($word, $Comparison)) { return }
    $inserted = if ($Text -cmatch '\\A[A-Za-z0-9+=:./_-]+\\z') { $Text } else { "'" + ($Text -replace '[\\u0027\\u2018-\\u201b]', '$0$0') + "'" }
    $tip = if ($Meaning) { $Meaning } else { $Text }
    [System.Management.Automation.CompletionResult]::new($inserted, $Text, 'ParameterValue', $tip)
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

  function Get-ProfileName {
    $config = if ($env:AWS_CONFIG_FILE) { $env:AWS_CONFIG_FILE } else { Join-Path $HOME '.aws/config' }
    if (-not (Test-Path -LiteralPath $config -PathType Leaf)) { return }
    Get-Content -LiteralPath $config | ForEach-Object {
      if ($_ -match '^\\[(?:profile +)?(.+?)\\]' -and $_ -notmatch '^\\[(?:sso-session|services) ') { $Matches[1].Trim('"', "'") }
    }
  }`;

/**
 * A script for Windows PowerShell 5.1 and PowerShell 7. It offers files itself, since PowerShell inserts a name that holds
 * a line end without quotes, and what follows the line end would run.
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
  $command = $commands[$typed[1]]
  if ($null -eq $command -or $typed -ccontains '--') { return Get-FileCandidate '' $false }
  $flags = $command.Flags
  $prefix = ''
  $flag = $typed[-1]
  if ($word -match '^(--[a-z0-9-]+)=') {
    $flag = $Matches[1]
    $prefix = "$flag="
  }
  if ($flags.Contains($flag) -and $null -ne $flags[$flag].Offers) {
    $offers = $flags[$flag].Offers
    if ($offers -is [string]) {
      if ($offers -eq 'profile') { Get-ProfileName | ForEach-Object { Get-Candidate ($prefix + $_) '' } }
      else { Get-FileCandidate $prefix ($offers -eq 'directory') }
      return
    }
    foreach ($offer in $offers) { Get-Candidate ($prefix + $offer) '' }
    return
  }
  if ($word.StartsWith('-')) {
    foreach ($name in $flags.Keys) { Get-Candidate $name $flags[$name].Meaning }
    return
  }
  if ($command.Words.Count -eq 0) { return Get-FileCandidate '' $false }
  foreach ($choice in $command.Words) { Get-Candidate $choice '' }
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

/** PowerShell takes curly quotes for straight ones, so they are doubled alike. */
function quote(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}
