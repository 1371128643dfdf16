import type { Sourced } from "../origin.js";
import type { MaterialSource } from "./material-source.js";
import type { RunSecrets } from "./run-secrets.js";
import type { Text } from "../message.js";
import type { SvidRequest } from "./spiffe/request.js";
import type { Svid } from "./spiffe/svid.js";

/** Where the certificate and key are, by the flags of the official helper. Nothing is read yet. */
export interface IdentitySource {
  readonly certificate: Sourced<MaterialSource> | undefined;
  readonly privateKey: Sourced<MaterialSource> | undefined;
  readonly intermediates: Sourced<MaterialSource> | undefined;
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

/** The settings of an identity that does not come from a store. */
export interface NamedIdentitySource extends IdentitySource {
  readonly certificate: Sourced<MaterialSource>;
}

/** The newest SVIDs of agents, without asking each time. */
export interface SvidFeed {
  readonly latest: (request: SvidRequest) => Promise<Svid>;
}

/** What loading an identity may use of the outside world. */
export interface IdentityContext {
  readonly homeDirectory: string | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Asks on the controlling terminal without echo; gives undefined if there is none. */
  readonly prompt: ((question: string) => Promise<string | undefined>) | undefined;
  /** What the run remembers of secrets. Without it, each reading of a key asks again. */
  readonly secrets?: RunSecrets | undefined;
  /** One line of the redacted trace. */
  readonly debug: (line: Text) => void;
  readonly now: () => Date;
  /** SVIDs of a stream that stays open. Without it, each loading of a SPIFFE identity asks the agent. */
  readonly svids?: SvidFeed | undefined;
  /** What file descriptors gave: a pipe gives its bytes once, and two settings may share one. */
  readonly descriptors: Map<number, Buffer>;
}
