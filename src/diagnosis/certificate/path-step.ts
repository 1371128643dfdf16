import type { ExchangeTimeouts, Send } from "../../aws/http/exchange.js";
import type { ProxyServer } from "../../aws/http/proxy.js";
import type { Certificate } from "../../identity/certificate/parsed.js";
import type { Identity } from "../../identity/identity.js";
import type { IdentityContext } from "../../identity/source.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import type { Session } from "../../vending/session.js";
import type { CertificatePath } from "./path-rules.js";
import type { FetchList } from "./revocation.js";
import type { Leaf } from "./rules.js";
import type { Finding } from "../finding.js";
import type { Target } from "../network.js";
import type { Step } from "../walk.js";

/** Facts that earlier steps found. */
export interface PathFacts {
  readonly settings?: VendSettings;
  readonly leaf?: Leaf;
  readonly identity?: Identity;
  readonly path?: CertificatePath;
  readonly target?: Target;
  readonly session?: Session;
  /** The final session: of the last chained role, or the scoped one. */
  readonly last?: Session;
}

/** What the steps need of their environment. */
export interface PathContext extends IdentityContext {
  readonly workingDirectory: string;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly userAgent: string;
  /** Resolves the settings, with the same errors as a vend. */
  readonly resolveSettings: () => VendSettings;
  /** @param timeouts Default: those of a vend. */
  readonly createSend: (settings: VendSettings, timeouts?: ExchangeTimeouts) => Send;
  /** Finds the proxy for the endpoint; undefined if there is none. */
  readonly proxyFor: (settings: VendSettings) => Promise<ProxyServer | undefined>;
  readonly stsConnection: (settings: VendSettings) => StsConnection;
  /** Reads the trust anchor's certificates; empty if they are not given. */
  readonly trustAnchors: () => Promise<readonly Certificate[]>;
  readonly offline: boolean;
  /** Creates the download of revocation lists; undefined if none is requested. */
  readonly createListFetch: ((settings: VendSettings) => FetchList) | undefined;
  /** Returns the size of the credential_process document. */
  readonly documentBytes: (session: Session) => number;
  /** Inspects the cache. Takes the DER of the client certificate, if it can be read. */
  readonly inspectCache: (leaf: Uint8Array | undefined) => Promise<readonly Finding[]>;
}

export type PathStep = Step<PathFacts>;

/** Returns a fact that an earlier step found. Throws if it is missing, since the order of the steps is then wrong. */
export function known<T>(fact: T | undefined): T {
  if (fact === undefined) throw new TypeError("a step ran before what it needs");
  return fact;
}
