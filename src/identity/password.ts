import { expandHome } from "../aws/shared-config.js";
import { decodeText } from "../aws/files/decode-text.js";
import { readSecretFile } from "../aws/files/read-secret.js";
import { IdentityError, systemCode, UsageError } from "../errors.js";
import { oneLine } from "../printable.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin, type Sourced } from "../origin.js";
import type { RunSecrets } from "./run-secrets.js";
import type { IdentityContext } from "./source.js";

/** Sources of a password or PIN, in order of precedence. */
export interface PasswordSources {
  readonly given: Sourced<string> | undefined;
  readonly file: Sourced<string> | undefined;
  /** Names what the secret opens. A typed answer is kept for this key only. */
  readonly key: string;
  /** Asked on a terminal if no other source has it; names the key. */
  readonly question: string;
  /** Error if no source has it, such as `the private key is encrypted and no password is given`. */
  readonly missing: Text;
  /** Flag and variable to name in the hint. */
  readonly hint: Text;
}

export interface Password {
  readonly text: string;
  /** Call it when the key rejects the password, so that the next attempt asks again. */
  readonly forget: () => void;
}

/**
 * Finds the password of one key. A typed one is remembered for the run, since each refresh reads the key again.
 *
 * @throws IdentityError `ERR_PASSWORD` if no source has it and there is no terminal
 */
export async function resolvePassword(sources: PasswordSources, context: IdentityContext): Promise<Password> {
  const given = readGivenPassword(sources, context);
  if (given !== undefined) return { text: given, forget: () => undefined };
  const { prompt, secrets } = context;
  const ask = async () => {
    const text = await prompt?.(oneLine(sources.question));
    if (text !== undefined) return text;
    throw new IdentityError("ERR_PASSWORD", sources.missing, {
      hints: [sources.hint, "there is no terminal to ask on"],
    });
  };
  const typed: RunSecrets["typed"] = secrets?.typed ?? new Map();
  const { key } = sources;
  const answer = typed.get(key) ?? askAlone(typed, ask);
  typed.set(key, answer);
  const forget = () => {
    if (typed.get(key) === answer) typed.delete(key);
  };
  try {
    return { text: await answer, forget };
  } catch (error) {
    forget();
    throw error;
  }
}

/** Opens the key with the password. Forgets a typed password that is wrong. */
export async function withPassword<T>(
  sources: PasswordSources,
  context: IdentityContext,
  use: (password: string) => T | Promise<T>,
): Promise<T> {
  const { text, forget } = await resolvePassword(sources, context);
  try {
    return await use(text);
  } catch (error) {
    if (error instanceof IdentityError && error.code === "ERR_PASSWORD") forget();
    throw error;
  }
}

/** Asks one question at a time: keys that are read together share the terminal. */
async function askAlone(typed: RunSecrets["typed"], ask: () => Promise<string>): Promise<string> {
  await Promise.allSettled(typed.values());
  return ask();
}

/** Reads the password from flag, environment, profile or file; never asks. An empty one counts as none. */
export function readGivenPassword(
  { given, file }: Pick<PasswordSources, "given" | "file">,
  { homeDirectory }: Pick<IdentityContext, "homeDirectory">,
): string | undefined {
  if (given !== undefined && given.value !== "") return given.value;
  return file === undefined ? undefined : readPasswordFile(file, homeDirectory);
}

/**
 * Reads the first line of the file, without its line end.
 *
 * @throws IdentityError `ERR_PASSWORD`
 */
export function readPasswordFile({ value, origin }: Sourced<string>, homeDirectory: string | undefined): string {
  try {
    const bytes = readSecretFile(expandHome(value, homeDirectory), { noun: "password file", readableByOthers: true });
    return decodeText(bytes).split(/\r?\n/, 1)[0] ?? "";
  } catch (error) {
    if (error instanceof UsageError) {
      const where = message`${describeOrigin(origin)}: ${error.message}`;
      throw new IdentityError("ERR_PASSWORD", where, { hints: error.hints });
    }
    const reason = systemCode(error);
    throw new IdentityError(
      "ERR_PASSWORD",
      message`cannot read the password file "${value}" (${describeOrigin(origin)}): ${reason}`,
      { cause: error, hints: ["check the path and the mode of the file"] },
    );
  }
}
