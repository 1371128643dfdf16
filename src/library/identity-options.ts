/**
 * A certificate or key: its location, or its content.
 *
 * - A string names it as the executable's flags do: a path (`~` is the home folder), a `pkcs11:` URI, `handle:0x81…`
 *   for a TPM key, `spiffe:`, `env:NAME`, `fd:N` or `-`. A string with `-----BEGIN` in it is PEM text, also in base64.
 * - Bytes are the content of such a file: PEM, or PKCS#12 for `certificate`.
 * - A function is called at each refresh and returns PEM text or bytes, never a path: from a secret store, for example.
 */
export type KeyMaterial = string | Uint8Array | (() => string | Uint8Array | Promise<string | Uint8Array>);

/** A password or PIN, or a function that is called for it at each refresh. */
export type Secret = string | (() => string | Promise<string>);

/** The certificate, its chain and the private key. They are read again at each refresh. */
export interface IdentityOptions {
  /**
   * The certificate: PEM, which may include the chain and the key, PKCS#12, a `pkcs11:` URI, or `spiffe:`. Optional
   * only if `certSelector` or `certStore` selects it, or a `pkcs11:` key finds it.
   */
  readonly certificate?: KeyMaterial | undefined;
  /** The private key: PEM (PKCS#8, PKCS#1, SEC1, TSS2), `pkcs11:` or `handle:`. Default: the key in `certificate`. */
  readonly privateKey?: KeyMaterial | undefined;
  /** Intermediate certificates, PEM in any order; unneeded ones are left out. */
  readonly intermediates?: KeyMaterial | undefined;
  /** Password of an encrypted private key. */
  readonly pkcs8Password?: Secret | undefined;
  /** Password of a PKCS#12 file. */
  readonly pkcs12Password?: Secret | undefined;
  /** Path of a file whose first line is the password of the key or PKCS#12 file. */
  readonly passwordFile?: string | undefined;
  /** Selects the certificate in a store: `Key=x509Subject,Value=CN=client` or `file://PATH`. Not with `certificate`. */
  readonly certSelector?: string | undefined;
  /** Folder of PEM and PKCS#12 files to select the certificate from. Not with `certificate`. */
  readonly certStore?: string | undefined;
  /** Certificate store on Windows; default `MY`. */
  readonly systemStoreName?: string | undefined;
  /** Selects the match that expires last; default false: several matches are refused. */
  readonly useLatestExpiringCertificate?: boolean | undefined;
  /** Path of the PKCS#11 module. */
  readonly pkcs11Lib?: string | undefined;
  /** User PIN of the token. */
  readonly pkcs11Pin?: Secret | undefined;
  /** Path of a file whose first line is the user PIN. */
  readonly pkcs11PinFile?: string | undefined;
  /** Reuses the user PIN for keys that require it for each signature; default false. */
  readonly reusePin?: boolean | undefined;
  /** Password of a TPM key. */
  readonly tpmKeyPassword?: Secret | undefined;
  /** The TPM key has no password; default false. */
  readonly noTpmKeyPassword?: boolean | undefined;
}
