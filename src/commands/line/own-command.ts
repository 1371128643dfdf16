import type { Invocation } from "../invocation.js";

/** The words that start this program again. Windows cannot run a script, so they begin with `node` there. */
export function ownCommand({
  executablePath,
  platform,
}: Pick<Invocation, "executablePath" | "platform">): readonly string[] {
  return platform === "win32" && !/\.exe$/i.test(executablePath) ? ["node", executablePath] : [executablePath];
}
