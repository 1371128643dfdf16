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

/** What the walk has learnt so far. */
export interface PathFacts {
  readonly settings?: VendSettings;
  readonly leaf?: Leaf;
  readonly identity?: Identity;
  readonly path?: CertificatePath;
  readonly target?: Target;
  readonly session?: Session;
  /** The session of the last chained role. */
  readonly last?: Session;
}

/** What the walk may use of the outside world. */
export interface PathContext extends IdentityContext {
  readonly workingDirectory: string;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly userAgent: string;
  /** Resolves the settings; throws what a vend would throw. */
  readonly resolveSettings: () => VendSettings;
  /** @param timeouts Default: those of a vend. */
  readonly createSend: (settings: VendSettings, timeouts?: ExchangeTimeouts) => Send;
  /** The proxy for the endpoint; undefined for none. */
  readonly proxyFor: (settings: VendSettings) => Promise<ProxyServer | undefined>;
  readonly stsConnection: (settings: VendSettings) => StsConnection;
  /** The trust anchor's certificates, when they are at hand. */
  readonly trustAnchors: () => Promise<readonly Certificate[]>;
  readonly offline: boolean;
  /** Gets revocation lists; undefined where they are not asked for. */
  readonly createListFetch: ((settings: VendSettings) => FetchList) | undefined;
  /** Size of the credential_process document. */
  readonly documentBytes: (session: Session) => number;
  /** Findings about the cache, by the DER of the client certificate if it can be read. */
  readonly inspectCache: (leaf: Uint8Array | undefined) => Promise<readonly Finding[]>;
}

export type PathStep = Step<PathFacts>;

/** A fact that the steps before have put there; its absence is a fault of the walk's order. */
export function known<T>(fact: T | undefined): T {
  if (fact === undefined) throw new TypeError("a step ran before what it needs");
  return fact;
}
