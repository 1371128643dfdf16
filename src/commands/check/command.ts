import { chmodSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { readNamedText } from "../../aws/files/read-named-file.js";
import { expandHome } from "../../aws/shared-config.js";
import type { Finding } from "../../diagnosis/finding.js";
import { renderFinding, renderVerdict } from "../../diagnosis/report.js";
import { UsageError } from "../../errors.js";
import { oneLine } from "../../printable.js";
import type { Arguments } from "../line/arguments.js";
import { checkCertificatePath } from "./path.js";
import { checkMethods } from "./methods.js";
import type { Command } from "../command.js";
import { cachedCertificateOptions } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { cacheConflicts } from "../options/cache.js";
import { checkOptions } from "../options/check.js";
import { identityConflicts } from "../options/identity.js";

const options = { ...checkOptions, ...cachedCertificateOptions } as const;

type Input = Arguments<typeof options>["options"];
export type CheckFlags = Input;

export const check: Command<typeof options, Input> = {
  name: "check",
  description: [
    "Walks the path from settings to credentials step by step and names the rule that fails, before AWS does where that",
    "is possible. Takes the settings of credential-process, or with --profile those of an AWS profile. Exit status 0 when",
    "nothing failed, else 1. docs/troubleshooting.md has an entry for each code.",
  ].join("\n"),
  options,
  conflicts: [...identityConflicts, ...cacheConflicts, ["methods", "offline"]],
  examples: [
    { command: "rolesanywhere-ts check --profile prod", describe: "Check a profile's credential_process" },
    { command: "rolesanywhere-ts check --methods", describe: "Try every way to credentials that is configured" },
    { command: "rolesanywhere-ts check --profile prod --offline", describe: "Look at settings and files alone" },
  ],
  toInput: (args) => args.options,
  async run(flags, invocation) {
    const context =
      flags["environment-file"] === undefined
        ? invocation
        : withVariables(invocation, readEnvFile(flags["environment-file"], invocation));
    const onFinding = flags.json === true ? () => undefined : createPrinter(invocation);
    const findings =
      flags.methods === true
        ? await checkMethods(flags, context, onFinding)
        : await checkCertificatePath(flags, context, onFinding);
    const exitStatus = findings.some(({ level }) => level === "fail") ? 1 : 0;
    if (flags.fix === true) await repair(findings, flags.yes === true, context);
    if (flags.json === true) return { stdout: `${JSON.stringify({ findings }, undefined, 2)}\n`, exitStatus };
    return { stdout: renderVerdict(findings, styleOf(invocation)), painted: true, exitStatus };
  },
};

function createPrinter(invocation: Invocation): (finding: Finding) => void {
  const style = styleOf(invocation);
  let previous: Finding | undefined;
  return (finding) => {
    invocation.stdout.write(renderFinding(finding, previous, style));
    previous = finding;
  };
}

function styleOf({ stdout, variables }: Invocation): { readonly color: boolean; readonly width: number } {
  const color = stdout.isTTY === true && (variables["NO_COLOR"] ?? "") === "" && variables["TERM"] !== "dumb";
  return { color, width: Math.max(40, Math.min(stdout.columns ?? 80, 120)) };
}

function readEnvFile(path: string, { homeDirectory, workingDirectory }: Invocation): Readonly<Record<string, string>> {
  const text = readNamedText(
    resolve(workingDirectory, expandHome(path, homeDirectory)),
    (reason) =>
      new UsageError("ERR_INPUT", `cannot read --environment-file ${path}: ${reason}`, {
        hints: ["check the path and the mode of the file"],
      }),
  );
  return parseEnv(text) as Record<string, string>;
}

function withVariables(invocation: Invocation, more: Readonly<Record<string, string>>): Invocation {
  // The AWS SDK's own providers read the environment of the process itself.
  // oxlint-disable-next-line node/no-process-env
  Object.assign(process.env, more);
  return Object.create(invocation, {
    variables: { value: { ...invocation.variables, ...more }, enumerable: true },
  }) as Invocation;
}

/** Narrows the modes of secret files; nothing else is safe to change unasked. */
async function repair(
  findings: readonly Finding[],
  yes: boolean,
  { stdin, stderr, timeLimit }: Invocation,
): Promise<void> {
  for (const { fix, hint = "" } of findings) {
    if (fix === undefined) continue;
    if (!yes) {
      if (stdin.isTTY !== true) {
        stderr.write(`rolesanywhere-ts: not repaired, since there is nobody to ask: ${hint}\n`);
        continue;
      }
      const { createInterface } = await import("node:readline/promises");
      const asking = createInterface({ input: stdin, output: stderr.terminal });
      const answer = await timeLimit.hold(asking.question(`${oneLine(hint)}? [y/N] `));
      asking.close();
      if (!/^y(es)?$/i.test(answer.trim())) continue;
    }
    chmodSync(fix.path, 0o600);
    stderr.write(`rolesanywhere-ts: repaired: ${hint}\n`);
  }
}
