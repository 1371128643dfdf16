import { createHash } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { encodeElement, encodeUnsigned, tags } from "../asn1/der.js";
import type { Password } from "../password.js";
import { rememberRefusal, wasRefused } from "../refused-secrets.js";
import type { RunSecrets } from "../run-secrets.js";
import { digests, type Signer } from "../signer.js";
import {
  decodeResponse,
  decodeSignature,
  encodeCreatePrimary,
  encodeFlushContext,
  encodeLoad,
  encodeReadPublic,
  encodeSign,
  type FieldReader,
  tpmHashes,
  tpmSchemes,
} from "./command.js";
import { parseTpmPublic } from "./public.js";
import type { TpmTransport } from "./transport.js";
import type { Tss2Key } from "./tss2-key.js";

/** Key in the TPM, or a key that it must load first. */
export type TpmKey = { readonly handle: number } | Tss2Key;

const responses = {
  success: 0,
  lockout: 0x921,
  retry: new Set([0x908, 0x90a, 0x922]),
  wrongPassword: new Set([0x98e, 0x9a2]),
  outOfObjects: 0x902,
} as const;
const maxTries = 5;
const persistentHandle = 0x81000000;

export interface TpmSecrets {
  readonly password: Password;
  /** Secrets refused in this run. */
  readonly refused: RunSecrets["refused"] | undefined;
}

/**
 * Creates a signer for a key in a TPM. Tries a password once, and leaves nothing loaded in the TPM after `close`.
 *
 * @throws IdentityError `ERR_KEY`
 */
export async function createTpmSigner(
  transport: TpmTransport,
  key: TpmKey,
  { password: { text: password, forget }, refused }: TpmSecrets,
  subject: Text,
): Promise<Signer> {
  const loaded = new LoadedKey(transport, subject);
  try {
    const publicArea = await loaded.load(key);
    const { kind, publicKey } = parseTpmPublic(publicArea, subject);
    const identity = Buffer.from(publicKey).toString("base64");
    return {
      algorithm: kind === "rsa" ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256",
      publicKey,
      sign: async (message, { digest = "SHA256" } = {}) => {
        if (wasRefused(refused, identity, password))
          throw wrongPassword(subject, "was refused before and is not tried again");
        const hash = createHash(digests[digest]).update(message).digest();
        const scheme = kind === "rsa" ? tpmSchemes.rsassa : tpmSchemes.ecdsa;
        const parts = { password: Buffer.from(password, "utf8"), digest: hash, scheme, hash: tpmHashes[digest] };
        const numbers = await loaded.sign(parts, () => {
          forget();
          rememberRefusal(refused, identity, password);
        });
        const [rsa = new Uint8Array()] = numbers;
        return kind === "rsa" ? rsa : encodeElement(tags.sequence, ...numbers.map(encodeUnsigned));
      },
      close: () => loaded.close(),
    };
  } catch (error) {
    await loaded.close();
    throw error;
  }
}

type SignInput = Omit<Parameters<typeof encodeSign>[0], "handle">;

/** Loads a key and flushes it again: a TPM has room for only three. */
class LoadedKey {
  readonly #transport: TpmTransport;
  readonly #subject: Text;
  readonly #transient: number[] = [];
  #handle = 0;

  constructor(transport: TpmTransport, subject: Text) {
    this.#transport = transport;
    this.#subject = subject;
  }

  /** Loads the key and returns its TPM2B_PUBLIC. */
  async load(key: TpmKey): Promise<Uint8Array> {
    if ("handle" in key) {
      this.#handle = key.handle;
      const fields = await this.#run(encodeReadPublic(key.handle), "to read the public key");
      const area = fields.tpm2b();
      return Buffer.concat([Buffer.from([area.length >> 8, area.length & 0xff]), area]);
    }
    const parent =
      key.parent >= persistentHandle
        ? key.parent
        : await this.#keep(encodeCreatePrimary(key.parent), "to make the parent key");
    this.#handle = await this.#keep(encodeLoad(parent, key.privateArea, key.publicArea), "to load the key");
    return key.publicArea;
  }

  async sign(parts: SignInput, onRefusal: () => void): Promise<readonly Buffer[]> {
    const response = await this.#exchange(encodeSign({ ...parts, handle: this.#handle }));
    if (responses.wrongPassword.has(response.code)) {
      onRefusal();
      throw wrongPassword(this.#subject, "is wrong");
    }
    return decodeSignature(this.#check(response, "to sign"));
  }

  async close(): Promise<void> {
    try {
      for (const handle of this.#transient.splice(0).reverse())
        await this.#transport.exchange(encodeFlushContext(handle));
    } finally {
      await this.#transport.close();
    }
  }

  async #keep(command: Uint8Array, step: string): Promise<number> {
    const handle = (await this.#run(command, step)).u32();
    this.#transient.push(handle);
    return handle;
  }

  async #run(command: Uint8Array, step: string): Promise<FieldReader> {
    return this.#check(await this.#exchange(command), step);
  }

  /** Sends a command, again if the response asks for it (TPM_RC_YIELDED, TPM_RC_TESTING, TPM_RC_RETRY). */
  async #exchange(command: Uint8Array): Promise<ReturnType<typeof decodeResponse>> {
    for (let tries = 1; ; tries++) {
      const response = decodeResponse(await this.#transport.exchange(command));
      if (!responses.retry.has(response.code) || tries === maxTries) return response;
    }
  }

  #check({ code, fields }: ReturnType<typeof decodeResponse>, step: string): FieldReader {
    if (code === responses.success) return fields;
    throw refusal(code, this.#subject, step);
  }
}

function wrongPassword(subject: Text, what: string): IdentityError {
  return new IdentityError("ERR_PASSWORD", message`the password of ${subject} ${what}`, {
    hints: ["correct it before the next run: after a few wrong passwords a TPM refuses every key for a while"],
  });
}

function refusal(code: number, subject: Text, step: string): IdentityError {
  const hex = `0x${code.toString(16).padStart(3, "0")}`;
  if (code === responses.lockout) {
    return new IdentityError(
      "ERR_PASSWORD",
      message`the TPM is locked after wrong passwords (${hex}) and refuses ${subject}, even one without a password`,
      {
        hints: [
          "wait, usually some minutes for each wrong one, or unlock it as its owner: tpm2_dictionarylockout --clear-lockout",
        ],
      },
    );
  }
  const hint =
    code === responses.outOfObjects
      ? "it has no room for another key: use /dev/tpmrm0, or free it with: tpm2_flushcontext --transient-object"
      : "check that the key was made by this TPM and that its parent is still there: tpm2_getcap handles-persistent";
  return new IdentityError("ERR_KEY", message`the TPM refused ${step} for ${subject} with ${hex}`, {
    hints: [hint, `tpm2_rc_decode ${hex} says more`],
  });
}
