import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { readNamedText } from "../../aws/files/read-named-file.js";
import { expandHome } from "../../aws/shared-config.js";
import { UsageError } from "../../errors.js";
import type { Invocation } from "../invocation.js";

/** Returns the invocation with the variables of the file added. */
export function withEnvironmentFile(path: string | undefined, invocation: Invocation): Invocation {
  if (path === undefined) return invocation;
  const more = readVariables(path, invocation);
  // The providers of the AWS SDK read the environment of the process.
  // oxlint-disable-next-line node/no-process-env
  Object.assign(process.env, more);
  return Object.create(invocation, {
    variables: { value: { ...invocation.variables, ...more }, enumerable: true },
  }) as Invocation;
}

function readVariables(
  path: string,
  { homeDirectory, workingDirectory }: Invocation,
): Readonly<Record<string, string>> {
  const text = readNamedText(
    resolve(workingDirectory, expandHome(path, homeDirectory)),
    (reason) =>
      new UsageError("ERR_INPUT", `cannot read --environment-file ${path}: ${reason}`, {
        hints: ["check the path and the mode of the file"],
      }),
  );
  return parseEnv(text) as Record<string, string>;
}
