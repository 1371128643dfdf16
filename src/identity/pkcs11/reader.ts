import { IdentityError } from "../../errors.js";
import { message, setting, variable } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin, type Origin, type Sourced } from "../../origin.js";
import { type Certificate, tryCertificateFromDer } from "../certificate/parsed.js";
import type { MaterialSource } from "../material-source.js";
import { readPasswordFile, withPassword } from "../password.js";
import { findByProof } from "./key-proof.js";
import { defaultLibrary, openPkcs11Module, type Pkcs11Module, whileClosing } from "./module.js";
import { createPkcs11Signer } from "./signer.js";
import {
  attributes,
  deviceOf,
  findObjects,
  findTokens,
  hasPinPad,
  login,
  needsLogin,
  objectClasses,
  objectUri,
  openSession,
  readAttribute,
  type Token,
  type TokenObject,
  type TokenSession,
} from "./token.js";
import { formatPkcs11Uri, parsePkcs11Uri, type Pkcs11Uri } from "./uri.js";
import { hasPublicKey } from "../certificate/public-key.js";
import type { Signer } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/** Certificate on a token. */
export interface TokenCertificate extends TokenObject {
  readonly certificate: Certificate;
  readonly session: TokenSession;
  readonly uri: Pkcs11Uri;
}

/** Parsed URIs of the settings; undefined if a setting is not a URI. */
export interface TokenUris {
  readonly certificate: Pkcs11Uri | undefined;
  readonly privateKey: Pkcs11Uri | undefined;
}

/** Opens sessions with the tokens that URIs name, and reads certificates and keys from them. */
export class TokenReader {
  readonly uris: TokenUris;
  readonly #module: Pkcs11Module;
  readonly #sessions = new Map<string, TokenSession>();
  readonly #source: IdentitySource;
  readonly #context: IdentityContext;
  readonly #loggedIn = new Set<TokenSession>();
  #pin: string | undefined;
  #users = 1;

  /** @throws UsageError, IdentityError if the library does not load */
  constructor(source: IdentitySource, context: IdentityContext) {
    this.#source = source;
    this.#context = context;
    this.uris = { certificate: parseUri(source.certificate), privateKey: parseUri(source.privateKey) };
    this.#module = openPkcs11Module(source.pkcs11Lib?.value ?? libraryOf(this.uris, context.platform));
  }

  /** Lists every certificate that the URI names; logs in first if the URI has a PIN. */
  async listWithPin(uri: Pkcs11Uri): Promise<readonly TokenCertificate[]> {
    const hasPin = uri.pinValue !== undefined || uri.pinSource !== undefined;
    for (const token of hasPin ? findTokens(this.#module, uri) : []) {
      const session = this.#sessionOf(token);
      if (needsLogin(session)) await this.#logIn(session, [uri]);
    }
    return this.listCertificates(uri);
  }

  /** Lists every certificate that the URI names, on any token, without logging in. */
  listCertificates(uri: Pkcs11Uri): readonly TokenCertificate[] {
    return findTokens(this.#module, uri).flatMap((token) => certificatesIn(this.#sessionOf(token), uri));
  }

  /**
   * Finds the one certificate that the URI names, and the other certificates on its token.
   *
   * @throws IdentityError `ERR_CERTIFICATE` if there is none, or several
   */
  async findCertificate(
    uri: Pkcs11Uri,
    where: Text,
  ): Promise<{ leaf: TokenCertificate; others: readonly Certificate[] }> {
    const found = await this.#visibleCertificates(uri);
    const ends = found.length > 1 ? found.filter(({ certificate }) => !certificate.x509.ca) : found;
    const [leaf, ...more] = ends.length === 0 ? found : ends;
    if (leaf === undefined) throw this.#nothing("certificate", where, uri);
    if (more.length > 0)
      throw several(
        "certificates",
        where,
        ends.map((one) => one.uri),
      );
    const all = certificatesIn(leaf.session, {});
    return { leaf, others: all.map(({ certificate }) => certificate).filter((other) => other !== leaf.certificate) };
  }

  /** Logs in if nothing is found: some tokens show certificates only after login. */
  async #visibleCertificates(uri: Pkcs11Uri): Promise<readonly TokenCertificate[]> {
    const found = this.listCertificates(uri);
    const [token, ...more] = findTokens(this.#module, uri);
    if (found.length > 0 || token === undefined || more.length > 0) return found;
    const session = this.#sessionOf(token);
    if (!needsLogin(session)) return found;
    await this.#logIn(session, [uri]);
    return certificatesIn(session, uri);
  }

  /**
   * Creates a signer for the one private key that the URI names; of several, the one that belongs to a certificate.
   *
   * @param uris The key's URI, then the certificate's: both may carry the PIN.
   * @throws IdentityError `ERR_KEY`, `ERR_PASSWORD`
   */
  async findKey(
    uris: readonly [Pkcs11Uri, ...Pkcs11Uri[]],
    certificates: readonly Certificate[],
    where: Text,
  ): Promise<Signer> {
    const [uri] = uris;
    const [token, ...more] = findTokens(this.#module, uri);
    if (token === undefined) throw this.#nothing("token", where, uri);
    if (more.length > 0)
      throw several(
        "tokens",
        where,
        [token, ...more].map((one) => one.uri),
      );
    const session = this.#sessionOf(token);
    if (needsLogin(session)) await this.#logIn(session, uris);
    const keys = findObjects(session, objectClasses.privateKey, uri);
    if (keys.length === 0) throw this.#nothing("private key", where, uri);
    const signers = keys.map((key) => createPkcs11Signer(session, key, () => this.#contextLogin(session, key)));
    const fitting = signers.filter(
      ({ publicKey }) => publicKey !== undefined && certificates.some((one) => hasPublicKey(one, publicKey)),
    );
    const proven = fitting.length > 0 ? undefined : await findByProof(signers, certificates);
    const [signer, ...others] = signers.length === 1 ? signers : proven === undefined ? fitting : [proven];
    // A token may hold a key twice, once as a key that asks for its PIN at each signature.
    const differs = others.some(({ publicKey }) => !isSameKey(publicKey, signer?.publicKey));
    if (signer === undefined || differs)
      throw several(
        "private keys",
        where,
        keys.map((key) => objectUri(session, key, "private")),
      );
    this.#users++;
    return { ...signer, close: async () => this.close() };
  }

  /** Called once by the creator of the reader and once by each signer; the last call closes. */
  close(): void {
    this.#users--;
    if (this.#users > 0) return;
    for (const { handle } of this.#sessions.values()) whileClosing(() => this.#module.api.C_CloseSession(handle));
    this.#sessions.clear();
    this.#module.close();
  }

  #sessionOf(token: Token): TokenSession {
    const slot = token.slot.toString("hex");
    const session = this.#sessions.get(slot) ?? openSession(this.#module, token);
    this.#sessions.set(slot, session);
    return session;
  }

  async #logIn(session: TokenSession, uris: readonly Pkcs11Uri[]): Promise<void> {
    if (this.#loggedIn.has(session)) return;
    const { refused } = this.#context.secrets ?? {};
    if (hasPinPad(session)) login(session, undefined, { refused });
    else
      await this.#withPin(session, uris, (pin) => {
        login(session, pin, { refused });
        this.#pin = pin;
      });
    this.#loggedIn.add(session);
  }

  async #withPin(session: TokenSession, uris: readonly Pkcs11Uri[], use: (pin: string) => void): Promise<void> {
    const { token: name = "", serial = "" } = session.token.uri;
    const origin: Origin = { kind: "derived", from: "the pkcs11: URI" };
    for (const { pinValue, pinSource } of uris) {
      if (pinValue !== undefined) return use(pinValue);
      if (pinSource === undefined) continue;
      const path = pinSource.replace(/^file:(?:\/\/(?=\/))?/, "");
      return use(readPasswordFile({ value: path, origin }, this.#context.homeDirectory));
    }
    return withPassword(
      {
        given: this.#source.pkcs11Pin,
        file: this.#source.pkcs11PinFile,
        key: deviceOf(session),
        question: `User PIN of token "${name}"${serial === "" ? "" : ` (serial ${serial})`}: `,
        missing: `token "${name}" needs its user PIN and none is given`,
        hint: message`name a file that holds it with ${setting("pkcs11-pin-file")}, or set ${variable("pkcs11-pin")}`,
      },
      this.#context,
      use,
    );
  }

  async #contextLogin(session: TokenSession, key: TokenObject): Promise<void> {
    const { refused } = this.#context.secrets ?? {};
    const logIn = (pin: string | undefined) => login(session, pin, { who: "contextSpecific", refused });
    if (hasPinPad(session)) return logIn(undefined);
    if (this.#source.reusePin.value && this.#pin !== undefined) return logIn(this.#pin);
    const uri = formatPkcs11Uri(objectUri(session, key, "private"));
    return withPassword(
      {
        given: undefined,
        file: undefined,
        key: `${deviceOf(session)} ${uri}`,
        question: `PIN for a signature with ${uri}: `,
        missing: `the key ${uri} asks for its PIN at each signature and none is given`,
        hint: message`give ${setting("reuse-pin")} when it is the user PIN`,
      },
      this.#context,
      logIn,
    );
  }

  #nothing(what: string, where: Text, uri: Pkcs11Uri): IdentityError {
    const tokens = findTokens(this.#module, {}).map((token) => `present: ${formatPkcs11Uri(token.uri)}`);
    return new IdentityError(
      what === "certificate" ? "ERR_CERTIFICATE" : "ERR_KEY",
      message`no matching ${what} for ${formatPkcs11Uri(uri)} (${where})`,
      {
        hints: [
          ...(tokens.length === 0
            ? [
                message`the library ${this.#module.library} sees no token: plug it in, or check ${setting("pkcs11-lib")}`,
              ]
            : tokens),
          "list the objects with: pkcs11-tool --module LIBRARY --login --list-objects",
        ],
      },
    );
  }
}

function isSameKey(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

function certificatesIn(session: TokenSession, uri: Pkcs11Uri): readonly TokenCertificate[] {
  return findObjects(session, objectClasses.certificate, uri).flatMap((object) => {
    const der = readAttribute(session.module, session.handle, object.handle, attributes.value);
    if (der === undefined) return [];
    const certificate = tryCertificateFromDer(der);
    return certificate === undefined
      ? []
      : [{ ...object, session, certificate, uri: objectUri(session, object, "cert") }];
  });
}

function several(what: string, where: Text, uris: readonly Pkcs11Uri[]): IdentityError {
  return new IdentityError(
    what === "certificates" ? "ERR_CERTIFICATE" : "ERR_KEY",
    message`multiple matching ${what} (${where}): ${uris.length}, expected one`,
    {
      hints: ["name one of them:", ...uris.slice(0, 10).map(formatPkcs11Uri)],
    },
  );
}

/** Returns the library that a URI names, else p11-kit's proxy. */
function libraryOf({ privateKey, certificate }: TokenUris, platform: NodeJS.Platform): string {
  for (const { modulePath, moduleName } of [privateKey ?? {}, certificate ?? {}]) {
    if (modulePath !== undefined) return modulePath;
    if (moduleName !== undefined)
      return platform === "win32" ? `${moduleName}.dll` : `lib${moduleName}.${platform === "darwin" ? "dylib" : "so"}`;
  }
  return defaultLibrary(platform);
}

function parseUri(setting: Sourced<MaterialSource> | undefined): Pkcs11Uri | undefined {
  if (setting?.value.kind !== "pkcs11") return undefined;
  return parsePkcs11Uri(setting.value.uri, describeOrigin(setting.origin));
}
