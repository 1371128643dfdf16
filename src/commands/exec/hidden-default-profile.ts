import type { Environment } from "../../aws/environment.js";
import { readNamedFile } from "../../aws/files/read-named-file.js";
import { configFilePath, credentialsFilePath } from "../../aws/shared-config.js";
import { withoutDefaultCredentials } from "../../delivery/default-profile.js";
import { createStandIns, sweepStandIns } from "../../delivery/stand-in-files.js";
import type { StandInFiles } from "../../delivery/stand-in-files.js";

/**
 * Where the default profile has credentials, the child reads the files without them: some SDKs prefer those to a
 * container endpoint, and the AWS SDK for .NET 3.7 prefers them even to access keys of the environment.
 */
export function hideDefaultCredentials(environment: Environment): StandInFiles {
  sweepStandIns();
  const found = filesWithDefaultCredentials(environment);
  if (found.length === 0) return { variables: {}, remove: () => undefined };
  return createStandIns(found.map(({ name, text }) => ({ name, bytes: Buffer.from(text, "latin1") })));
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
