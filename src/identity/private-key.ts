import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { IdentityError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import type { PemBlock } from "./pem/blocks.js";

/** Whether reading the block takes a password. */
export function isEncrypted(block: PemBlock): boolean {
  return block.label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: 4,ENCRYPTED$/m.test(block.text);
}

/**
 * Reads a PKCS#1, SEC1 or PKCS#8 key. The underlying error is dropped on purpose: it may quote the input.
 *
 * @returns `unknown` for a PKCS#8 key that this runtime cannot read or cannot sign with as AWS expects (usually ML-DSA), and
 * for a SEC1 key that BoringSSL cannot read.
 *
 * @param name How messages name the source.
 * @throws IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export function parsePrivateKey(block: PemBlock, password: string | undefined, name: Text): KeyObject | "unknown" {
  let key: KeyObject;
  try {
    key = createPrivateKey(password === undefined ? block.text : { key: block.text, passphrase: password });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (isBeyondRuntime(code, block)) return "unknown";
    // oxlint-disable-next-line preserve-caught-error -- the cause could quote the key
    throw unreadable(block, code, name, password !== undefined);
  }
  return key.asymmetricKeyType?.startsWith("ml-dsa") === true ? "unknown" : key;
}

/** BoringSSL, in standalone executables, reads fewer keys than OpenSSL and has many codes for unreadable ones. */
function isBeyondRuntime(code: string, block: PemBlock): boolean {
  const pkcs8 = /^(?:ENCRYPTED )?PRIVATE KEY$/.test(block.label);
  if (process.versions["bun"] === undefined) return pkcs8 && /^ERR_OSSL_(?:EVP_)?UNSUPPORTED/.test(code);
  return (pkcs8 || (block.label === "EC PRIVATE KEY" && !isEncrypted(block))) && !/BAD_DECRYPT|_PEM_/.test(code);
}

function unreadable(block: PemBlock, code: string, name: Text, withPassword: boolean): IdentityError {
  if (withPassword && isEncrypted(block) && /BAD_DECRYPT|PASSWORD|PKCS12|CIPHER_OPERATION|BAD_PASSWORD/.test(code)) {
    return new IdentityError("ERR_PASSWORD", message`wrong password for private key ${name}`, {
      hints: ["check the password's source for a line end or a space too many"],
    });
  }
  if (code === "ERR_OSSL_EVP_UNSUPPORTED" || code === "ERR_OSSL_UNSUPPORTED") {
    return new IdentityError(
      "ERR_KEY",
      message`private key ${name} is of a type or under a cipher that this runtime cannot read`,
      {
        hints: ['convert it with "openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW"'],
      },
    );
  }
  if (withPassword && isEncrypted(block)) {
    return new IdentityError(
      "ERR_PASSWORD",
      message`private key ${name} does not open: the password is wrong or the file is damaged`,
      {
        hints: ['try it by hand with "openssl pkey -in KEY -noout"'],
      },
    );
  }
  return damaged(block, name);
}

export function damaged(block: PemBlock, name: Text): IdentityError {
  return new IdentityError(
    "ERR_KEY",
    message`private key ${name} is damaged: its ${block.label} block does not decode`,
    {
      hints: ['check it with "openssl pkey -in KEY -noout -check", and for lost line breaks'],
    },
  );
}
