import type { CommandLineModel, CompletedCommand, CompletedFlag } from "./command-line-model.js";

/** A script for Windows PowerShell 5.1 and PowerShell 7; values that are files are left to PowerShell itself. */
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

  function Get-Candidate($Text, $Meaning) {
    if (-not $Text.StartsWith($wordToComplete, [StringComparison]::Ordinal)) { return }
    $inserted = if ($Text -match '^[A-Za-z0-9@%+=:,./_-]+$') { $Text } else { "'" + $Text.Replace("'", "''") + "'" }
    $tip = if ($Meaning) { $Meaning } else { $Text }
    [System.Management.Automation.CompletionResult]::new($inserted, $Text, 'ParameterValue', $tip)
  }

  function Get-ProfileName {
    $config = if ($env:AWS_CONFIG_FILE) { $env:AWS_CONFIG_FILE } else { Join-Path $HOME '.aws/config' }
    if (-not (Test-Path -LiteralPath $config -PathType Leaf)) { return }
    Get-Content -LiteralPath $config | ForEach-Object {
      if ($_ -match '^\\[(?:profile +)?(.+?)\\]' -and $_ -notmatch '^\\[(?:sso-session|services) ') { $Matches[1].Trim('"', "'") }
    }
  }

  $typed = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  if ($typed.Count -le 1) {
    foreach ($name in $summaries.Keys) { Get-Candidate $name $summaries[$name] }
    return
  }
  $command = $commands[$typed[1]]
  if ($null -eq $command -or $typed -ccontains '--') { return }
  $flags = $command.Flags
  $prefix = ''
  $flag = $typed[-1]
  if ($wordToComplete -match '^(--[a-z0-9-]+)=') {
    $flag = $Matches[1]
    $prefix = "$flag="
  }
  if ($flags.Contains($flag) -and $null -ne $flags[$flag].Offers) {
    $offers = $flags[$flag].Offers
    if ($offers -is [string]) {
      if ($offers -eq 'profile') { Get-ProfileName | ForEach-Object { Get-Candidate "$prefix$_" '' } }
      return
    }
    foreach ($offer in $offers) { Get-Candidate "$prefix$offer" '' }
    return
  }
  if ($wordToComplete.StartsWith('-')) {
    foreach ($name in $flags.Keys) { Get-Candidate $name $flags[$name].Meaning }
    return
  }
  foreach ($word in $command.Words) { Get-Candidate $word '' }
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
