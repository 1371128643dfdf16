import { openFolder } from "../../src/emulator/folder.js";
import { openSessionToken, secretFor } from "../../src/emulator/signature/session-token.js";
import type { SecretLookup } from "./s3-signature.js";

/** Looks up the secrets of the sessions that an emulator issued; a session that has ended is refused as S3 refuses it. */
export function issuedSecrets(emulatorFolder: string): SecretLookup {
  const { sealingKey } = openFolder(emulatorFolder);
  return (accessKeyId, token = "") => {
    const session = openSessionToken(token, sealingKey);
    if (session === undefined || session.accessKeyId !== accessKeyId) return { refusal: "InvalidToken" };
    if (session.expiresAtMs < Date.now()) return { refusal: "ExpiredToken" };
    return { secret: secretFor(accessKeyId, sealingKey) };
  };
}
