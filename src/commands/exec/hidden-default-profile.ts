import type { Environment } from "../../aws/environment.js";
import { readSharedFiles } from "../../aws/shared-config.js";
import type { SharedFiles } from "../../aws/shared-config.js";
import { withoutDefaultCredentials } from "../../delivery/default-profile.js";
import { createStandIns, sweepStandIns } from "../../delivery/stand-in-files.js";
import type { StandInFiles } from "../../delivery/stand-in-files.js";

/**
 * Hides credentials of the default profile from the child, which reads copies of the files without them. Some SDKs
 * prefer these credentials to a container endpoint; the AWS SDK for .NET 3.7 even to access keys in the environment.
 */
export function hideDefaultCredentials(environment: Environment): StandInFiles {
  sweepStandIns();
  const found = filesWithDefaultCredentials(readSharedFiles(environment));
  if (found.length === 0) return { variables: {}, remove: () => undefined };
  return createStandIns(found.map(({ name, text }) => ({ name, bytes: Buffer.from(text, "latin1") })));
}

/** Whether the default profile of the shared files has credentials. */
export function hasDefaultCredentials(files: SharedFiles): boolean {
  return filesWithDefaultCredentials(files).length > 0;
}

/** Lists each file whose default profile has credentials, with its text without them. */
function filesWithDefaultCredentials({ config, credentials }: SharedFiles) {
  return [
    { name: "AWS_CONFIG_FILE", file: config },
    { name: "AWS_SHARED_CREDENTIALS_FILE", file: credentials },
  ].flatMap(({ name, file }) => {
    const text = withoutDefaultCredentials(file.bytes.toString("latin1"));
    return text === undefined ? [] : [{ name, text }];
  });
}
