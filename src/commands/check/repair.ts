import { chmodSync } from "node:fs";
import type { Finding } from "../../diagnosis/finding.js";
import { systemCode } from "../../errors.js";
import type { Invocation } from "../invocation.js";

/** Restricts the modes of secret files. No other repair is safe. */
export async function repair(findings: readonly Finding[], mayAsk: boolean, invocation: Invocation): Promise<void> {
  const { stdin, stderr } = invocation;
  for (const { fix, hint = "" } of findings) {
    if (fix === undefined) continue;
    if (mayAsk) {
      if (stdin.isTTY !== true) {
        stderr.write(`rolesanywhere-ts: not repaired, since there is no terminal to ask on: ${hint}\n`);
        continue;
      }
      const { confirm } = await import("../line/questions.js");
      if (!(await confirm(`${hint}?`, invocation))) continue;
    }
    try {
      chmodSync(fix.path, 0o600);
      stderr.write(`rolesanywhere-ts: repaired: ${hint}\n`);
    } catch (error) {
      const reason = systemCode(error);
      stderr.write(`rolesanywhere-ts: not repaired (${reason}): ${hint}\n`);
    }
  }
}
