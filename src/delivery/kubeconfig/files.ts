import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../../aws/environment.js";
import { systemCode, UsageError } from "../../errors.js";

/**
 * Files of the kubeconfig in their order: those of `KUBECONFIG`, else `~/.kube/config`; empty without a home folder.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 */
export function kubeconfigFiles({
  variables,
  homeDirectory,
}: Pick<Environment, "variables" | "homeDirectory">): readonly string[] {
  const named = (variables["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (named.length > 0) return [...new Set(named)];
  return homeDirectory === undefined ? [] : [join(homeDirectory, ".kube", "config")];
}

/**
 * Where kubectl would write an entry: the file that has it, else the first that is there, else the last.
 *
 * @param hasEntry Whether a file's text has it.
 * @throws UsageError `ERR_CONFIG_FILE` for a file that cannot be read, `ERR_SETTING` without any.
 */
export function chooseKubeconfig(files: readonly string[], hasEntry: (text: string, file: string) => boolean): string {
  const present = files.filter((file) => existsSync(file));
  const chosen = present.find((file) => hasEntry(readKubeconfig(file), file)) ?? present[0] ?? files.at(-1);
  if (chosen !== undefined) return chosen;
  throw new UsageError("ERR_SETTING", "no home directory is known, so the kubeconfig is not either", {
    hints: ["set KUBECONFIG to the file to write"],
  });
}

function readKubeconfig(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError("ERR_CONFIG_FILE", `cannot read ${file}: ${systemCode(error)}`, {
      cause: error,
      hints: ["check the path and the mode of the file"],
    });
  }
}
