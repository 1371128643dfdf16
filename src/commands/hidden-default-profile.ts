import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../aws/environment.js";
import { readNamedFile } from "../aws/files/read-named-file.js";
import { writeFileWhole } from "../aws/files/write-file.js";
import { configFilePath, credentialsFilePath } from "../aws/shared-config.js";
import { withoutDefaultCredentials } from "../delivery/default-profile.js";
import type { Invocation } from "./invocation.js";

/** Files that stand in for the shared ones, for one child. */
export interface StandInFiles {
  /** Variables that lead the child to them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

/**
 * Where the default profile has credentials, the child reads copies of the files without them: some SDKs prefer those to a
 * container endpoint, and the AWS SDK for .NET 3.7 prefers them even to access keys of the environment.
 */
export function hideDefaultCredentials(invocation: Invocation): StandInFiles {
  const found = filesWithDefaultCredentials(invocation);
  if (found.length === 0) return { variables: {}, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-exec-"));
  for (const { name, text } of found) {
    writeFileWhole(join(folder, name), Buffer.from(text, "latin1"), { secret: true, flush: false });
  }
  invocation.stderr.write(
    "rolesanywhere-ts: note: the default profile has credentials of its own, which the command does not see\n",
  );
  return {
    variables: Object.fromEntries(found.map(({ name }) => [name, join(folder, name)])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Whether the default profile of the shared files gives credentials. */
export function hasDefaultCredentials(environment: Environment): boolean {
  return filesWithDefaultCredentials(environment).length > 0;
}

/** Each file whose default profile gives credentials, with its text without them. */
function filesWithDefaultCredentials(environment: Environment) {
  return [
    { name: "AWS_CONFIG_FILE", path: configFilePath(environment) },
    { name: "AWS_SHARED_CREDENTIALS_FILE", path: credentialsFilePath(environment) },
  ].flatMap(({ name, path }) => {
    const text = path === undefined ? undefined : withoutDefaultCredentials(readIfThere(path));
    return text === undefined ? [] : [{ name, text }];
  });
}

function readIfThere(path: string): string {
  try {
    return readNamedFile(path).toString("latin1");
  } catch {
    // Whoever reads it next says what is wrong with it.
    return "";
  }
}
