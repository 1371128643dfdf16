import { join, resolve } from "node:path";
import { tmpdir } from "node:os";
import { createToken, digestToken } from "../../delivery/metadata-server/authorization.js";
import type { TokenDigest } from "../../delivery/metadata-server/authorization.js";
import type { Dialects } from "../../delivery/metadata-server/router.js";
import { createTokenFolder, obtainToken } from "../../delivery/metadata-server/token-file.js";
import { UsageError } from "../../errors.js";
import type { Invocation } from "../invocation.js";
import type { BindingPlan } from "./bindings.js";

/** The values of `--container` and `--imds`. */
export interface DialectChoice {
  readonly container: boolean | undefined;
  readonly metadata: boolean | undefined;
  /** Whether the metadata service, which has no authorization of its own, is on by default. */
  readonly metadataByDefault: boolean;
}

export interface BindingToken {
  readonly digest: TokenDigest;
  readonly file: string | undefined;
}

export interface BindingTokens {
  readonly dialects: Dialects;
  readonly byBinding: readonly BindingToken[];
  /** Warnings, such as why container credentials are off although they were not turned off. */
  readonly notices: readonly string[];
  /** Deletes files of this run. */
  remove(): void;
}

/**
 * Decides the dialects, and reads or creates a token for each binding.
 *
 * @throws UsageError `ERR_CONFLICT` if nothing would be served, `ERR_INPUT`, `ERR_OUTPUT`
 */
export function obtainTokens(
  plans: readonly BindingPlan[],
  choice: DialectChoice,
  invocation: Invocation,
): BindingTokens {
  const metadata = choice.metadata ?? choice.metadataByDefault;
  if (choice.container === false && !metadata) {
    throw new UsageError("ERR_CONFLICT", "neither container credentials nor the metadata service would be served", {
      hints: ["leave out --container=false, or add --imds"],
    });
  }
  if (choice.container === false) return withoutTokens(plans, []);
  try {
    return makeTokens(plans, metadata, invocation);
  } catch (error) {
    const isUnasked = choice.container === undefined && metadata && plans.every((plan) => plan.tokenFile === undefined);
    // The official helper runs on a read-only file system, so this must too.
    if (isUnasked && error instanceof UsageError)
      return withoutTokens(plans, [`no container credentials: ${error.message}`]);
    throw error;
  }
}

function makeTokens(plans: readonly BindingPlan[], metadata: boolean, invocation: Invocation): BindingTokens {
  const needsFolder = plans.some(({ tokenFile }) => tokenFile === undefined);
  const folder = needsFolder ? createTokenFolder(runtimeFolders(invocation)) : undefined;
  const notices: string[] = [];
  try {
    const byBinding = plans.map(({ name, tokenFile }): BindingToken => {
      const file =
        tokenFile === undefined
          ? join(folder?.path ?? "", `${name}.token`)
          : resolve(invocation.workingDirectory, tokenFile);
      return { file, digest: digestToken(obtainToken(file, (path) => notices.push(lineEndNotice(path)))) };
    });
    refuseShared(byBinding);
    return {
      dialects: { container: true, metadata },
      byBinding,
      notices,
      remove: () => folder?.remove(),
    };
  } catch (error) {
    folder?.remove();
    throw error;
  }
}

function lineEndNotice(path: string): string {
  return (
    `token file ${path} ends with a line end: the AWS SDK for .NET sends it along and gets 400, ` +
    `boto3 and the AWS CLI refuse the file; write the token with printf %s`
  );
}

/** Folders for short-lived files of a service or a user, then the one for temporary files. */
function runtimeFolders({ variables }: Invocation): readonly string[] {
  const { RUNTIME_DIRECTORY, XDG_RUNTIME_DIR } = variables;
  const folders = [RUNTIME_DIRECTORY?.split(":", 1)[0], XDG_RUNTIME_DIR, tmpdir()];
  return folders.filter((folder) => folder !== undefined && folder !== "") as string[];
}

function withoutTokens(plans: readonly BindingPlan[], notices: readonly string[]): BindingTokens {
  return {
    dialects: { container: false, metadata: true },
    byBinding: plans.map(() => ({ file: undefined, digest: digestToken(createToken()) })),
    notices,
    remove: () => undefined,
  };
}

function refuseShared(tokens: readonly BindingToken[]): void {
  const digests = tokens.map(({ digest }) => Buffer.from(digest).toString("hex"));
  const second = tokens.find((_, index) => digests.indexOf(digests[index] as string) !== index);
  if (second === undefined) return;
  throw new UsageError("ERR_INPUT", `token file ${second.file} contains the token of another binding`, {
    hints: ["give each binding its own token: the token decides whose credentials are sent"],
  });
}
