import { IdentityError } from "../../errors.js";

/**
 * Encodes the TPM 2.0 commands that a signature needs (TCG TPM 2.0 Library, parts 2 and 3). Passwords are sent in plain
 * text: an encrypted session would first need a key exchange with the TPM.
 */

const structureTags = { noSessions: 0x8001, sessions: 0x8002 } as const;
const passwordSession = 0x40000009;
const codes = { createPrimary: 0x131, load: 0x157, sign: 0x15d, flushContext: 0x165, readPublic: 0x173 } as const;
export const tpmHashes = { SHA256: 0x0b, SHA384: 0x0c, SHA512: 0x0d } as const;
export const tpmSchemes = { rsassa: 0x14, ecdsa: 0x18, null: 0x10 } as const;

/** Storage root key that TPM tools agree on: ECC P-256 with AES-128-CFB, no password, unique empty. */
const storagePrimaryTemplate = tpm2b(
  Buffer.concat([
    u16(0x23), // ECC
    u16(0x0b), // names by SHA-256
    u32(0x00030472), // fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt
    u16(0), // no policy
    u16(0x06),
    u16(128),
    u16(0x43), // AES-128 in CFB mode
    u16(tpmSchemes.null),
    u16(0x03), // NIST P-256
    u16(tpmSchemes.null),
    u16(0),
    u16(0),
  ]),
);

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function tpm2b(bytes: Uint8Array): Buffer {
  return Buffer.concat([u16(bytes.length), bytes]);
}

interface CommandParts {
  readonly code: number;
  readonly handles: readonly number[];
  /** Password of the first handle; undefined for a command without authorisation. */
  readonly password?: Uint8Array;
  readonly parameters: readonly Uint8Array[];
}

function encodeCommand({ code, handles, password, parameters }: CommandParts): Buffer {
  const session =
    password === undefined
      ? undefined
      : Buffer.concat([u32(passwordSession), u16(0), Uint8Array.of(0), tpm2b(password)]);
  const body = Buffer.concat([
    ...handles.map(u32),
    ...(session === undefined ? [] : [u32(session.length), session]),
    ...parameters,
  ]);
  const tag = session === undefined ? structureTags.noSessions : structureTags.sessions;
  return Buffer.concat([u16(tag), u32(10 + body.length), u32(code), body]);
}

export function encodeCreatePrimary(hierarchy: number): Buffer {
  const sensitive = tpm2b(Buffer.concat([u16(0), u16(0)]));
  const parameters = [sensitive, storagePrimaryTemplate, u16(0), u32(0)];
  return encodeCommand({ code: codes.createPrimary, handles: [hierarchy], password: new Uint8Array(), parameters });
}

/** Both areas are already TPM2B structures. */
export function encodeLoad(parent: number, privateArea: Uint8Array, publicArea: Uint8Array): Buffer {
  const parameters = [privateArea, publicArea];
  return encodeCommand({ code: codes.load, handles: [parent], password: new Uint8Array(), parameters });
}

export function encodeReadPublic(handle: number): Buffer {
  return encodeCommand({ code: codes.readPublic, handles: [handle], parameters: [] });
}

export interface SignParts {
  readonly handle: number;
  readonly password: Uint8Array;
  readonly digest: Uint8Array;
  readonly scheme: number;
  readonly hash: number;
}

export function encodeSign({ handle, password, digest, scheme, hash }: SignParts): Buffer {
  // Only a restricted key needs a ticket, as proof that the TPM hashed the message; other keys accept the null ticket.
  const nullTicket = Buffer.concat([u16(0x8024), u32(0x40000007), u16(0)]);
  const parameters = [tpm2b(digest), u16(scheme), u16(hash), nullTicket];
  return encodeCommand({ code: codes.sign, handles: [handle], password, parameters });
}

export function encodeFlushContext(handle: number): Buffer {
  return encodeCommand({ code: codes.flushContext, handles: [], parameters: [u32(handle)] });
}

/** Reads consecutive big-endian fields. */
export class FieldReader {
  #offset = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  u16(): number {
    return this.take(2).readUInt16BE(0);
  }

  u32(): number {
    return this.take(4).readUInt32BE(0);
  }

  tpm2b(): Buffer {
    return this.take(this.u16());
  }

  /** @throws IdentityError `ERR_KEY` if the bytes end too early */
  take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length) {
      throw new IdentityError("ERR_KEY", `TPM data is cut short at byte ${this.#bytes.length}`, {
        hints: ["check that TPM_DEVICE names a TPM 2.0, and that the key file is complete"],
      });
    }
    const piece = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return piece;
  }
}

/** Decodes the return code of a response, and its fields if the command succeeded. */
export function decodeResponse(response: Uint8Array): { readonly code: number; readonly fields: FieldReader } {
  const fields = new FieldReader(response);
  fields.u16();
  fields.u32();
  return { code: fields.u32(), fields };
}

/** Decodes the signature of a Sign response: one number for RSA, two for EC. */
export function decodeSignature(fields: FieldReader): readonly Buffer[] {
  fields.u32(); // size of the parameters
  const scheme = fields.u16();
  fields.u16(); // hash
  return scheme === tpmSchemes.ecdsa ? [fields.tpm2b(), fields.tpm2b()] : [fields.tpm2b()];
}
