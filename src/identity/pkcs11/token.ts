import type { LibraryInfo, Pkcs11Handle } from "./binding.js";
import type { Pkcs11Module } from "./module.js";
import { returnValueOf, returnValues } from "./module.js";
import type { Pkcs11Uri } from "./uri.js";
import { IdentityError } from "../../errors.js";
import { rememberRefusal, wasRefused } from "../refused-secrets.js";
import type { RunSecrets } from "../run-secrets.js";

/** Numbers from PKCS#11 2.40. */
export const attributes = {
  class: 0x0,
  label: 0x3,
  value: 0x11,
  certificateType: 0x80,
  keyType: 0x100,
  id: 0x102,
  modulus: 0x120,
  publicExponent: 0x122,
  ecParams: 0x180,
  ecPoint: 0x181,
  alwaysAuthenticate: 0x202,
} as const;
export const objectClasses = { certificate: 1, publicKey: 2, privateKey: 3 } as const;
const tokenFlags = {
  loginRequired: 0x4,
  initialized: 0x400,
  protectedPath: 0x100,
  finalTry: 0x20000,
  locked: 0x40000,
} as const;
const userTypes = { user: 1, contextSpecific: 2 } as const;
const serialSession = 0x4;
const maxObjects = 256;

/** Token in its slot. */
export interface Token {
  readonly slot: Pkcs11Handle;
  /** Attributes of the token in a URI. */
  readonly uri: Pkcs11Uri;
  readonly flags: number;
}

/** Finds the tokens that are present, initialised, and match the URI. */
export function findTokens({ api }: Pkcs11Module, wanted: Pkcs11Uri): readonly Token[] {
  if (!fitsLibrary(api.C_GetInfo(), wanted)) return [];
  return api
    .C_GetSlotList(true)
    .map((slot): Token & { slotUri: Pkcs11Uri } => {
      const token = api.C_GetTokenInfo(slot);
      const info = api.C_GetSlotInfo(slot);
      const uri = {
        token: token.label.trimEnd(),
        manufacturer: token.manufacturerID.trimEnd(),
        serial: token.serialNumber.trimEnd(),
        model: token.model.trimEnd(),
      };
      const slotUri = {
        slotDescription: info.slotDescription.trimEnd(),
        slotManufacturer: info.manufacturerID.trimEnd(),
        slotId: slotNumber(slot),
      };
      return { slot, uri, slotUri, flags: token.flags };
    })
    .filter(({ flags }) => (flags & tokenFlags.initialized) !== 0)
    .filter(({ uri, slotUri }) => fits({ ...uri, ...slotUri }, wanted));
}

const tokenMembers = [
  "token",
  "manufacturer",
  "serial",
  "model",
  "slotDescription",
  "slotManufacturer",
  "slotId",
] as const;

function fits(found: Pkcs11Uri, wanted: Pkcs11Uri): boolean {
  return tokenMembers.every((member) => wanted[member] === undefined || wanted[member] === found[member]);
}

/** Compares only the major version of the library if the URI gives no more (RFC 7512, section 2.3). */
function fitsLibrary(info: LibraryInfo, wanted: Pkcs11Uri): boolean {
  const { libraryManufacturer, libraryDescription, libraryVersion } = wanted;
  const { major, minor } = info.libraryVersion;
  const version = libraryVersion?.includes(".") === true ? `${major}.${minor}` : String(major);
  return (
    (libraryManufacturer === undefined || libraryManufacturer === info.manufacturerID.trimEnd()) &&
    (libraryDescription === undefined || libraryDescription === info.libraryDescription.trimEnd()) &&
    (libraryVersion === undefined || libraryVersion === version)
  );
}

/** Decodes a CK_SLOT_ID of the binding: a native integer, which is little endian wherever Node.js runs. */
function slotNumber(slot: Pkcs11Handle): bigint {
  return BigInt(`0x${Buffer.from(slot).reverse().toString("hex")}`);
}

/** Session with one token. */
export interface TokenSession {
  readonly module: Pkcs11Module;
  readonly token: Token;
  readonly handle: Pkcs11Handle;
}

export function openSession(module: Pkcs11Module, token: Token): TokenSession {
  return { module, token, handle: module.api.C_OpenSession(token.slot, serialSession) };
}

export function needsLogin({ token }: TokenSession): boolean {
  return (token.flags & tokenFlags.loginRequired) !== 0;
}

/** Tells whether the PIN is typed on the device itself. */
export function hasPinPad({ token }: TokenSession): boolean {
  return (token.flags & tokenFlags.protectedPath) !== 0;
}

export interface LoginOptions {
  readonly who?: keyof typeof userTypes;
  /** Secrets refused in this run. */
  readonly refused: RunSecrets["refused"] | undefined;
}

/** Identifies one token. */
export function deviceOf({ module, token }: TokenSession): string {
  return `${module.library} ${token.uri.serial} ${token.uri.token ?? ""}`;
}

/**
 * Logs in as the user, or again for one signature of a key that asks each time. A wrong PIN is tried once per run, and
 * not at all if one more would lock the token.
 *
 * @throws IdentityError `ERR_PASSWORD`
 */
export function login(session: TokenSession, pin: string | undefined, { who = "user", refused }: LoginOptions): void {
  const { module, token, handle } = session;
  const name = token.uri.token ?? "";
  const device = deviceOf(session);
  const { flags } = module.api.C_GetTokenInfo(token.slot);
  if ((flags & tokenFlags.locked) !== 0) throw locked(name);
  if ((flags & tokenFlags.finalTry) !== 0) throw lastTry(name);
  if (pin !== undefined && wasRefused(refused, device, pin))
    throw wrongPin(name, "was refused before and is not tried again");
  try {
    module.api.C_Login(handle, userTypes[who], pin);
  } catch (error) {
    const answer = returnValueOf(error);
    if (answer === returnValues.userAlreadyLoggedIn) return;
    if (answer === returnValues.pinLocked) throw locked(name);
    if (
      answer !== returnValues.pinIncorrect &&
      answer !== returnValues.pinInvalid &&
      answer !== returnValues.pinLenRange
    )
      throw error;
    if (pin !== undefined) rememberRefusal(refused, device, pin);
    throw wrongPin(name, "is wrong");
  }
}

function wrongPin(name: string, what: string): IdentityError {
  return new IdentityError("ERR_PASSWORD", `the user PIN of token "${name}" ${what}`, {
    hints: ["correct it before the next run: a token locks after a few wrong PINs"],
  });
}

function locked(name: string): IdentityError {
  return new IdentityError("ERR_PASSWORD", `the user PIN of token "${name}" is locked`, {
    hints: ["have it unlocked with the security officer's PIN: pkcs11-tool --init-pin --login --login-type so"],
  });
}

function lastTry(name: string): IdentityError {
  return new IdentityError(
    "ERR_PASSWORD",
    `token "${name}" has one try left before it locks, so the PIN is not tried`,
    {
      hints: ["log in once by hand with the right PIN, which resets the count: pkcs11-tool --login --list-objects"],
    },
  );
}

export interface TokenObject {
  readonly handle: Pkcs11Handle;
  readonly label: string;
  readonly id: Uint8Array;
}

/** Finds objects of a class; label and id narrow them. */
export function findObjects(
  { module: { api }, handle }: TokenSession,
  objectClass: number,
  { object, id }: Pick<Pkcs11Uri, "object" | "id">,
): readonly TokenObject[] {
  api.C_FindObjectsInit(handle, [
    { type: attributes.class, value: objectClass },
    ...(object === undefined ? [] : [{ type: attributes.label, value: Buffer.from(object, "utf8") }]),
    ...(id === undefined ? [] : [{ type: attributes.id, value: Buffer.from(id) }]),
  ]);
  let handles: Pkcs11Handle[];
  try {
    handles = api.C_FindObjects(handle, maxObjects);
  } finally {
    api.C_FindObjectsFinal(handle);
  }
  return handles.map((found) => ({
    handle: found,
    label: readAttribute({ api }, handle, found, attributes.label)?.toString("utf8") ?? "",
    id: readAttribute({ api }, handle, found, attributes.id) ?? new Uint8Array(),
  }));
}

/** Reads the value of an attribute; `undefined` if the object lacks it or keeps it secret. */
export function readAttribute(
  { api }: Pick<Pkcs11Module, "api">,
  session: Pkcs11Handle,
  object: Pkcs11Handle,
  type: number,
): Buffer | undefined {
  try {
    const value = api.C_GetAttributeValue(session, object, [{ type }])[0]?.value;
    return Buffer.isBuffer(value) && value.length > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the URI that names only this object. */
export function objectUri({ token }: TokenSession, { label, id }: TokenObject, type: "cert" | "private"): Pkcs11Uri {
  return { ...token.uri, ...(label === "" ? {} : { object: label }), ...(id.length === 0 ? {} : { id }), type };
}
