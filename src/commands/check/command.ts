import { quoteValue } from "../../aws/inline-value.js";
import type { Finding } from "../../diagnosis/finding.js";
import { renderFinding, renderVerdict } from "../../diagnosis/report.js";
import type { ReportStyle } from "../../diagnosis/report.js";
import type { Command } from "../command.js";
import type { Invocation } from "../invocation.js";
import { cacheConflicts } from "../options/cache.js";
import { identityConflicts } from "../options/identity.js";
import { checkAll } from "./all.js";
import { withEnvironmentFile } from "./environment-file.js";
import { checkCommandOptions, toCheckInput } from "./input.js";
import type { CheckInput } from "./input.js";
import { checkMethods } from "./methods.js";
import { checkCertificatePath } from "./path.js";
import { repair } from "./repair.js";
import { chooseTargets } from "./targets.js";

export const check: Command<typeof checkCommandOptions, CheckInput> = {
  name: "check",
  description: [
    "Walks the path from settings to credentials step by step and names the rule that fails, before AWS does where that",
    "is possible. Takes the settings of credential-process, or with --profile those of an AWS profile. Without either it",
    "checks what AWS_PROFILE names, else every profile that runs this program. Exit status 0 when nothing failed, else 1.",
    "With --all it lists certificates by their end; exit status 1 when one ends soon, has ended or cannot be read.",
    "rolesanywhere-ts explain CODE says more about each code.",
  ].join("\n"),
  positionals: { usage: "[PROFILE]", describe: "the same as --profile", minimum: 0, maximum: 1 },
  // The time limit applies to each profile separately.
  lasting: true,
  options: checkCommandOptions,
  conflicts: [
    ...identityConflicts,
    ...cacheConflicts,
    ["methods", "offline"],
    ["fetch-crl", "offline"],
    ...(["methods", "offline", "fetch-crl", "fix", "certificate", "private-key", "settings-profile"] as const).map(
      (name) => ["all", name] as const,
    ),
  ],
  examples: [
    { command: "rolesanywhere-ts check", describe: "Check every profile that runs this program" },
    { command: "rolesanywhere-ts check --profile prod", describe: "Check one profile" },
    { command: "rolesanywhere-ts check --methods", describe: "Try every way to credentials that is configured" },
    { command: "rolesanywhere-ts check --profile prod --offline", describe: "Look at settings and files alone" },
    {
      command: "rolesanywhere-ts check --all",
      describe: "List when the certificates of all profiles end",
    },
  ],
  toInput: toCheckInput,
  async run(input, invocation) {
    const surroundings = withEnvironmentFile(input.environmentFile, invocation);
    if (input.scope === "all certificates") return checkAll(input, surroundings);
    const checked: Checked[] = [];
    const targets = chooseTargets(input, surroundings);
    for (const profile of targets) {
      if (targets.length > 1 && input.form === "text")
        invocation.stdout.write(`${checked.length === 0 ? "" : "\n"}profile ${quoteValue(profile ?? "")}\n\n`);
      checked.push({ profile, findings: await checkTarget(profile, input, surroundings) });
    }
    const findings = checked.flatMap((target) => target.findings);
    const exitStatus = findings.some(({ level }) => level === "fail") ? 1 : 0;
    if (input.repair !== "no") await repair(findings, input.repair === "ask", surroundings);
    const render = input.form === "json" ? formatJson : formatEnd;
    return { stdout: render(checked, styleOf(invocation)), painted: input.form === "text", exitStatus };
  },
};

interface Checked {
  /** undefined if the given settings were checked. */
  readonly profile: string | undefined;
  readonly findings: readonly Finding[];
}

/** Checks one target. In text form, prints each finding as soon as it is known. */
function checkTarget(
  profile: string | undefined,
  input: CheckInput,
  invocation: Invocation,
): Promise<readonly Finding[]> {
  const onFinding = input.form === "json" ? () => undefined : createPrinter(invocation);
  const walk =
    input.scope === "methods"
      ? checkMethods(input, invocation, onFinding)
      : checkCertificatePath(profile, input, invocation, onFinding);
  return invocation.timeLimit.within(walk);
}

function createPrinter(invocation: Invocation): (finding: Finding) => void {
  const style = styleOf(invocation);
  let previous: Finding | undefined;
  return (finding) => {
    const text = renderFinding(finding, previous, style);
    if (text === "") return;
    invocation.stdout.write(text);
    previous = finding;
  };
}

function formatJson(checked: readonly Checked[]): string {
  const findings = checked.flatMap(({ profile, findings: found }) =>
    found.map((finding) => (profile === undefined ? finding : { profile, ...finding })),
  );
  return `${JSON.stringify({ findings }, undefined, 2)}\n`;
}

/** Formats a verdict for each profile, with the first failed one last. */
function formatEnd(checked: readonly Checked[], style: ReportStyle): string {
  const failed = checked.find(({ findings }) => findings.some(({ level }) => level === "fail"));
  const others = checked.filter((target) => target !== failed);
  return [...others, ...(failed === undefined ? [] : [failed])]
    .map(({ profile, findings }) => renderVerdict(findings, style, profile))
    .join("");
}

/** Wraps lines at `COLUMNS`, else at the width of the terminal. Without a terminal, they are not wrapped. */
function styleOf({ stdout, variables }: Invocation): ReportStyle {
  const isTerminal = stdout.isTTY === true;
  const color = isTerminal && (variables["NO_COLOR"] ?? "") === "" && variables["TERM"] !== "dumb";
  const columns = Number(variables["COLUMNS"] ?? "") || (isTerminal ? (stdout.columns ?? 80) : Infinity);
  return { color, width: Math.max(40, columns) };
}
