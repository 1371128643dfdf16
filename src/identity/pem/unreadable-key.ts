import { IdentityError } from "../../errors.js";
import { message, type Text } from "../../message.js";
import { isEncrypted, type PemBlock } from "./blocks.js";

/** Explains, by the runtime's error code, why it refused a key. */
export function unreadable(block: PemBlock, code: string, name: Text, withPassword: boolean): IdentityError {
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
