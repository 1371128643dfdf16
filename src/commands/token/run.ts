import type { AwsCredentials } from "../../aws/credentials.js";
import { parseRegion } from "../../aws/region.js";
import { UsageError } from "../../errors.js";
import { setting } from "../../message.js";
import { createPresignedToken } from "../../signing/presigned-tokens.js";
import type { ServiceToken } from "../../signing/presigned-tokens.js";
import { answerFromIndex } from "../../vending/cache/answer-from-index.js";
import { version } from "../../version.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import type { TokenInput } from "./input.js";
import { formatToken } from "./formats.js";

export async function runToken(input: TokenInput, invocation: Invocation): Promise<CommandOutput> {
  const token = await obtainToken(input, invocation);
  const stdout = formatToken(token, input.format, invocation.variables["KUBERNETES_EXEC_INFO"]);
  return { stdout, exitStatus: 0 };
}

/** Creates a token of one kind, with the credentials of the flags. */
export async function obtainToken(input: TokenInput, invocation: Invocation): Promise<ServiceToken> {
  const { credentials, region: implied } = await obtainCredentials(input, invocation);
  const found = input.flags.region ?? implied;
  if (found === undefined) {
    throw new UsageError("ERR_SETTING", "no region is known", { hints: ["give --region, or set AWS_REGION"] });
  }
  const region = parseRegion(found, setting("region"));
  if (input.kind === "ecr" || input.kind === "web-identity") {
    const { authorizeEcr, requestWebIdentity } = await import("./requested-tokens.js");
    const request = input.kind === "ecr" ? authorizeEcr : requestWebIdentity;
    return request(credentials, region, input, invocation);
  }
  const { kind, subject, seconds } = input;
  const request = { kind, subject, region, seconds, userAgent: `rolesanywhere-ts/${version}` };
  return createPresignedToken(request, credentials, new Date());
}

interface Obtained {
  readonly credentials: AwsCredentials;
  /** Region implied by the credentials. */
  readonly region: string | undefined;
}

/** Uses the cached session of an earlier run with the same command line before it reads any setting. */
async function obtainCredentials({ flags }: TokenInput, invocation: Invocation): Promise<Obtained> {
  const kept = answerFromIndex(invocation, () => invocation.workingDirectory, Date.now());
  if (kept !== undefined) return kept;
  // The service's region may differ from the region that issues the session.
  const { region: _service, ...options } = flags;
  const { createCredentialSource } = await import("../sources/credential-source.js");
  const source = await createCredentialSource({ options, indexed: true }, invocation);
  return { credentials: await source.provider(), region: source.region };
}
