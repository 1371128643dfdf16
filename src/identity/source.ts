import type { Sourced } from "../origin.js";
import type { MaterialSource } from "./material-source.js";
import type { RunSecrets } from "./run-secrets.js";
import type { Text } from "../message.js";
import type { SvidRequest } from "./spiffe/request.js";
import type { Svid } from "./spiffe/svid.js";

/** Locations of certificate and key, as the flags of the official helper name them. Nothing is read yet. */
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

/** Settings of an identity that does not come from a store. */
export interface NamedIdentitySource extends IdentitySource {
  readonly certificate: Sourced<MaterialSource>;
}

/** Supplies the newest SVIDs of agents, without asking each time. */
export interface SvidFeed {
  readonly latest: (request: SvidRequest) => Promise<Svid>;
}

/** Access to the environment that loading an identity needs. */
export interface IdentityContext {
  readonly homeDirectory: string | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Asks on the controlling terminal without echo; returns undefined if there is none. */
  readonly prompt: ((question: string) => Promise<string | undefined>) | undefined;
  /** Secrets that the run remembers. Without it, each reading of a key asks again. */
  readonly secrets?: RunSecrets | undefined;
  /** Writes one line of the redacted trace. */
  readonly debug: (line: Text) => void;
  readonly now: () => Date;
  /** SVIDs from a stream that stays open. Without it, each loading of a SPIFFE identity asks the agent. */
  readonly svids?: SvidFeed | undefined;
  /** Bytes read from file descriptors: a pipe can be read only once, and two settings may share one. */
  readonly descriptors: Map<number, Buffer>;
}
