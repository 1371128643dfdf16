import type { Sourced } from "../origin.js";
import type { RunSecrets } from "./run-secrets.js";

/** Where the certificate and key are, as the flags of the official helper say it; all as given, nothing read yet. */
export interface IdentitySource {
  readonly certificate: Sourced<string> | undefined;
  readonly privateKey: Sourced<string> | undefined;
  readonly intermediates: Sourced<string> | undefined;
  readonly pkcs8Password: Sourced<string> | undefined;
  readonly pkcs12Password: Sourced<string> | undefined;
  readonly passwordFile: Sourced<string> | undefined;
  readonly certSelector: Sourced<string> | undefined;
  readonly certStore: Sourced<string> | undefined;
  readonly systemStoreName: Sourced<string>;
  readonly useLatestExpiringCertificate: Sourced<boolean>;
  readonly pkcs11Lib: Sourced<string> | undefined;
  readonly pkcs11Pin: Sourced<string> | undefined;
  readonly pkcs11PinFile: Sourced<string> | undefined;
  readonly reusePin: Sourced<boolean>;
  readonly tpmKeyPassword: Sourced<string> | undefined;
  readonly noTpmKeyPassword: Sourced<boolean>;
}

/** What loading an identity may use of the outside world. */
export interface IdentityContext {
  readonly homeDirectory: string | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Asks on the controlling terminal without echo; undefined when there is no terminal. */
  readonly prompt: ((question: string) => Promise<string>) | undefined;
  /** What the run remembers of secrets; without it each reading of a key asks again. */
  readonly secrets?: RunSecrets | undefined;
  /** One line of the redacted trace. */
  readonly debug: (line: string) => void;
  readonly now: () => Date;
  /** Bytes that stand in for a file, by the name that the source gives in its place; a library's caller has them. */
  readonly memory?: ReadonlyMap<string, Uint8Array> | undefined;
}
