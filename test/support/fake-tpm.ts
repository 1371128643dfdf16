import { createHash, createPrivateKey, privateEncrypt, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { createScratch } from "./scratch.js";

export const tpmCommands = { createPrimary: 0x131, load: 0x157, sign: 0x15d, flush: 0x165, readPublic: 0x173 } as const;
const hashes = { 0x0b: "sha256", 0x0c: "sha384", 0x0d: "sha512" } as const;
const digestInfo = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
} as const;
const curves: Readonly<Record<string, readonly [id: number, bytes: number]>> = {
  "P-256": [3, 32],
  "P-384": [4, 48],
  "P-521": [5, 66],
};

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const tpm2b = (bytes: Uint8Array) => Buffer.concat([u16(bytes.length), bytes]);

export interface AreaChanges {
  readonly type?: number;
  readonly attributes?: number;
  readonly policy?: Buffer;
  /** Symmetric algorithm with its parameters. */
  readonly symmetric?: Buffer;
  readonly scheme?: Buffer;
  readonly exponent?: number;
  readonly curve?: number;
  readonly coordinates?: readonly Buffer[];
}

/** Returns the TPM2B_PUBLIC of a key, as a TPM would describe it. */
export function publicAreaOf(privateKeyPem: string, changes: AreaChanges = {}): Buffer {
  const { attributes = 0x40072, policy = Buffer.alloc(0), symmetric = u16(0x10), scheme = u16(0x10) } = changes;
  const { kty, n = "", crv = "", x = "", y = "" } = createPrivateKey(privateKeyPem).export({ format: "jwk" });
  const bytes = (text: string) => Buffer.from(text, "base64url");
  const isRsa = kty === "RSA";
  const coordinates = changes.coordinates ?? [bytes(x), bytes(y)];
  const parameters = isRsa
    ? [u16(8 * bytes(n).length), u32(changes.exponent ?? 0), tpm2b(bytes(n))]
    : [u16(changes.curve ?? curves[crv]?.[0] ?? 0), u16(0x10), ...coordinates.map(tpm2b)];
  const head = [u16(changes.type ?? (isRsa ? 0x01 : 0x23)), u16(0x0b), u32(attributes), tpm2b(policy)];
  return tpm2b(Buffer.concat([...head, symmetric, scheme, ...parameters]));
}

export interface FakeTpmOptions {
  readonly privateKeyPem: string;
  /** Signed by the only signature: a digest alone cannot be signed here. */
  readonly message: Uint8Array;
  readonly password?: string;
  readonly publicArea?: Uint8Array;
  /** Return codes to send before the real answer, by command. */
  readonly refusals?: Readonly<Record<number, readonly number[]>>;
  /** Delivers a response; by default unchanged. */
  readonly deliver?: (socket: Socket, response: Buffer) => void;
  readonly tcp?: boolean;
}

export interface FakeTpm {
  readonly device: string;
  /** All commands so far. */
  readonly commands: readonly Buffer[];
  readonly stop: () => void;
}

/** Starts a TPM with one key that accepts the commands of a signature and checks their format. */
export async function startFakeTpm(options: FakeTpmOptions): Promise<FakeTpm> {
  const commands: Buffer[] = [];
  const left = new Map(Object.entries(options.refusals ?? {}).map(([code, list]) => [Number(code), [...list]]));
  const { deliver = (socket: Socket, response: Buffer) => void socket.write(response) } = options;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (command: Buffer) => {
      commands.push(command);
      const refusal = left.get(command.readUInt32BE(6))?.shift();
      const answer = refusal === undefined ? answerTo(command, options) : { code: refusal, body: Buffer.alloc(0) };
      const head = [u16(command.readUInt16BE(0)), u32(10 + answer.body.length), u32(answer.code)];
      deliver(socket, Buffer.concat([...head, answer.body]));
    });
  });
  const path = join(createScratch("fake-tpm"), "tpm");
  if (options.tcp === true) server.listen(0, "127.0.0.1");
  else server.listen(path);
  await once(server, "listening");
  const device = options.tcp === true ? `tcp:127.0.0.1:${(server.address() as AddressInfo).port}` : path;
  return { device, commands, stop: () => void server.close() };
}

interface Answer {
  readonly code: number;
  readonly body: Buffer;
}

const done = (...body: readonly Buffer[]): Answer => ({ code: 0, body: Buffer.concat(body) });
const wrongSize: Answer = { code: 0x095, body: Buffer.alloc(0) };

function answerTo(command: Buffer, options: FakeTpmOptions): Answer {
  if (command.readUInt32BE(2) !== command.length) return wrongSize;
  const session = (password: string) =>
    Buffer.concat([u32(9 + password.length), u32(0x40000009), u16(0), Buffer.of(0), tpm2b(Buffer.from(password))]);
  const publicArea = options.publicArea ?? publicAreaOf(options.privateKeyPem);
  switch (command.readUInt32BE(6)) {
    case tpmCommands.createPrimary:
      return command.subarray(14, 14 + session("").length).equals(session("")) ? done(u32(0x80000000)) : wrongSize;
    case tpmCommands.load:
      return command.subarray(14, 14 + session("").length).equals(session("")) ? done(u32(0x80000001)) : wrongSize;
    case tpmCommands.readPublic:
      return command.length === 14 ? done(Buffer.from(publicArea)) : wrongSize;
    case tpmCommands.flush:
      return command.length === 14 ? done() : wrongSize;
    case tpmCommands.sign: {
      const given = session(options.password ?? "");
      if (!command.subarray(14, 14 + given.length).equals(given)) return { code: 0x98e, body: Buffer.alloc(0) };
      return signed(command.subarray(14 + given.length), options);
    }
    default:
      return { code: 0x143, body: Buffer.alloc(0) };
  }
}

function signed(parameters: Buffer, { privateKeyPem, message }: FakeTpmOptions): Answer {
  const length = parameters.readUInt16BE(0);
  const digest = parameters.subarray(2, 2 + length);
  const scheme = parameters.readUInt16BE(2 + length);
  const id = parameters.readUInt16BE(4 + length);
  const hash = hashes[id as keyof typeof hashes];
  const ticket = parameters.subarray(6 + length);
  if (!ticket.equals(Buffer.from("8024400000070000", "hex"))) return { code: 0x3a0, body: Buffer.alloc(0) };
  if (!digest.equals(createHash(hash).update(message).digest())) return wrongSize;
  const key = createPrivateKey(privateKeyPem);
  const numbers = signatureOf(key, scheme, hash, digest, message);
  if (numbers === undefined) return { code: 0x2d2, body: Buffer.alloc(0) };
  const body = Buffer.concat([u16(scheme), u16(id), ...numbers.map(tpm2b)]);
  return done(u32(body.length), body);
}

function signatureOf(
  key: KeyObject,
  scheme: number,
  hash: keyof typeof digestInfo,
  digest: Buffer,
  message: Uint8Array,
): readonly Buffer[] | undefined {
  if (key.asymmetricKeyType === "rsa")
    return scheme === 0x14
      ? [privateEncrypt(key, Buffer.concat([Buffer.from(digestInfo[hash], "hex"), digest]))]
      : undefined;
  if (scheme !== 0x18) return undefined;
  const both = sign(hash, message, { key, dsaEncoding: "ieee-p1363" });
  return [both.subarray(0, both.length / 2), both.subarray(both.length / 2)];
}
