/**
 * The part of pkcs11js that is used here. The package is optional, so its own types may be absent; a test compares them
 * with these. Names follow PKCS#11 2.40.
 */
export interface Pkcs11Binding {
  readonly PKCS11: new () => Pkcs11Api;
}

/** CK_SLOT_ID, CK_SESSION_HANDLE or CK_OBJECT_HANDLE, as bytes in native order. */
export type Pkcs11Handle = Buffer;

/** CK_INFO. Text is padded with blanks. */
export interface LibraryInfo {
  readonly libraryVersion: { readonly major: number; readonly minor: number };
  readonly manufacturerID: string;
  readonly libraryDescription: string;
}

/** CK_SLOT_INFO. */
interface SlotInfo {
  readonly slotDescription: string;
  readonly manufacturerID: string;
}

/** CK_TOKEN_INFO. */
interface TokenInfo {
  readonly label: string;
  readonly manufacturerID: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly flags: number;
}

interface Attribute {
  readonly type: number;
  readonly value?: Buffer | number;
}

/** A call that the library refuses throws an error whose `code` is the CKR_… number. */
export interface Pkcs11Api {
  load(library: string): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetInfo(): LibraryInfo;
  C_GetSlotList(tokenPresent: boolean): Pkcs11Handle[];
  C_GetSlotInfo(slot: Pkcs11Handle): SlotInfo;
  C_GetTokenInfo(slot: Pkcs11Handle): TokenInfo;
  C_GetMechanismList(slot: Pkcs11Handle): number[];
  C_OpenSession(slot: Pkcs11Handle, flags: number): Pkcs11Handle;
  C_CloseSession(session: Pkcs11Handle): void;
  C_Login(session: Pkcs11Handle, userType: number, pin?: string): void;
  C_FindObjectsInit(session: Pkcs11Handle, template: Attribute[]): void;
  C_FindObjects(session: Pkcs11Handle, maxObjectCount: number): Pkcs11Handle[];
  C_FindObjectsFinal(session: Pkcs11Handle): void;
  C_GetAttributeValue(
    session: Pkcs11Handle,
    object: Pkcs11Handle,
    template: Attribute[],
  ): { readonly value: unknown }[];
  C_SignInit(session: Pkcs11Handle, mechanism: { readonly mechanism: number }, key: Pkcs11Handle): void;
  C_Sign(session: Pkcs11Handle, data: Buffer, signature: Buffer): Buffer;
}
