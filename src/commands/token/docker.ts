import { text } from "node:stream/consumers";
import { UsageError } from "../../errors.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import { obtainToken } from "./run.js";

const registryHost = /^(?:https:\/\/)?(\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z.]+)(?:\/.*)?$/;
/** Docker recognizes this text and continues without credentials. */
const notFound = "credentials not found in native keychain\n";

/**
 * Docker's protocol for credential helpers, for registries of ECR. Nothing is stored: `store` and `erase` succeed, so that
 * `docker login` and `docker logout` work.
 *
 * @see https://github.com/docker/docker-credential-helpers
 */
export async function runDockerCredential(invocation: Invocation): Promise<CommandOutput> {
  const [verb = ""] = invocation.argv;
  switch (verb) {
    case "get":
      return getCredentials(invocation);
    case "store":
    case "erase":
      await text(invocation.stdin);
      return { exitStatus: 0 };
    case "list":
      return { stdout: "{}\n", exitStatus: 0 };
    default:
      throw new UsageError("ERR_ARGUMENT", `"${verb}" is not one of get, store, erase and list`, {
        hints: [
          'write "credHelpers": { "REGISTRY": "rolesanywhere-ts" } into ~/.docker/config.json, and let Docker run it',
        ],
      });
  }
}

async function getCredentials(invocation: Invocation): Promise<CommandOutput> {
  const server = (await text(invocation.stdin)).trim();
  const [, host, region] = registryHost.exec(server) ?? [];
  if (host === undefined || region === undefined) return { stdout: notFound, exitStatus: 1 };
  const { token } = await obtainToken(
    {
      kind: "ecr",
      subject: { host, user: "", cluster: "", admin: false, serverless: false },
      webIdentity: { audiences: [], algorithm: "ES384", tags: [], subjectMode: undefined, scope: undefined },
      seconds: 0,
      format: "plain",
      flags: { region },
    },
    invocation,
  );
  return { stdout: `${JSON.stringify({ ServerURL: server, Username: "AWS", Secret: token })}\n`, exitStatus: 0 };
}
