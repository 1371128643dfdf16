import { spawnSync } from "node:child_process";
import { isPlainOnWindows } from "../../aws/process-line.js";

/**
 * The 8.3 form of a path on Windows, such as `C:\\PROGRA~1\\nodejs\\node.exe`; undefined if the volume has none.
 * Node.js has no call for it, so cmd.exe runs. Between quotation marks, it interprets only `%`.
 */
export function shortPath(path: string): string | undefined {
  if (/["%]/.test(path)) return undefined;
  const { stdout } = spawnSync("cmd.exe", ["/d", "/c", `for %I in ("${path}") do @echo %~sI`], {
    encoding: "utf8",
    windowsVerbatimArguments: true,
    timeout: 5_000,
  });
  const short = (stdout ?? "").trim();
  return short !== "" && isPlainOnWindows(short) ? short : undefined;
}
