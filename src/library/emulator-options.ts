import type { Fault } from "../emulator/faults/inject.js";
import type { RequestRecord } from "../emulator/request-record.js";
import type { EmulatorState } from "../emulator/state/memory.js";

/** Options of {@link startEmulator}. */
export interface StartEmulatorOptions {
  /** IP address to listen on; default `127.0.0.1`. An address that others reach is refused unless `allowRemote`. */
  readonly host?: string | undefined;
  /** Lets `host` be an address that other machines reach; default false. */
  readonly allowRemote?: boolean | undefined;
  /** Default 0: any free one. */
  readonly port?: number | undefined;
  /** Serves HTTPS with a certificate of its own authority; default false. */
  readonly tls?: boolean | undefined;
  /** Keeps certificates and state here for the next time; default: a temporary folder that goes when it closes. */
  readonly folder?: string | undefined;
  /** Disturbances from the start; see {@link Emulator.addFaults}. */
  readonly faults?: readonly (Fault | string)[] | undefined;
  /** Told of every request after it was judged, with the verdict and the reason. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
}

/** A certificate that the emulator accepts, with its key: as files for options that take paths, and as PEM. */
export interface EmulatorIdentity {
  /** Path of the certificate. */
  readonly certificate: string;
  /** Path of the private key: PKCS#8, not encrypted, mode 0600. */
  readonly privateKey: string;
  /** Path of the issuing authority's certificate, which is not the trust anchor. */
  readonly intermediates: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly intermediatesPem: string;
}

/** What a certificate of {@link Emulator.issueIdentity} says. */
export interface IssueIdentityOptions {
  /** Common name of the subject; default `client`. */
  readonly commonName?: string | undefined;
  /** A URI among the subject alternative names, such as `spiffe://example/web`. */
  readonly uri?: string | undefined;
  /** Names the emulator's revocation list, which has the serial numbers of `revokedSerials`; default false. */
  readonly revocable?: boolean | undefined;
  /** Default: an hour ago. */
  readonly notBefore?: Date | undefined;
  /** Default: a year from now. */
  readonly notAfter?: Date | undefined;
  /** Default `ec-p256`. */
  readonly key?: "ec-p256" | "ec-p384" | "rsa-2048" | undefined;
}

/** A running IAM Roles Anywhere and STS. */
export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:40123`, without a final slash: the endpoint of both services. */
  readonly url: string;
  readonly port: number;
  /** Where its files are. */
  readonly folder: string;
  /** An AWS config file with profiles that use the emulator; they need the executable on the path. */
  readonly configFile: string;
  /** Variables that lead AWS tools and this package to it, to hand to a child process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly region: string;
  readonly trustAnchorArn: string;
  /** Profiles: `demo`, `named` that accepts session names, `disabled`. */
  readonly profileArns: Readonly<Record<"demo" | "named" | "disabled", string>>;
  /**
   * Roles: `demo`, `short` of an hour at most and `untrusting` that refuses, for CreateSession; `target` that trusts
   * `demo`, `partner` that requires the external ID `example-external-id`, and `last` that trusts `target`, for role
   * chaining.
   */
  readonly roleArns: Readonly<Record<"demo" | "short" | "untrusting" | "target" | "partner" | "last", string>>;
  /** Ready-made certificates of the trusted authority. */
  readonly identities: Readonly<Record<"ec" | "rsa", EmulatorIdentity>>;
  /** Options for `fromRolesAnywhere` that lead to a session of the role `demo`. */
  readonly providerOptions: EmulatorProviderOptions;
  /** Makes another certificate of the trusted authority: one that ends soon, or has ended. */
  issueIdentity(options?: IssueIdentityOptions): EmulatorIdentity;
  /** Trust anchors, profiles and roles as they are set now. */
  state(): EmulatorState;
  /** Sets them; counts from the next request on. */
  updateState(change: (state: EmulatorState) => EmulatorState): void;
  /** The latest 1000 requests, oldest first. */
  requests(): readonly RequestRecord[];
  /** How many requests of an operation there were: `CreateSession`, `AssumeRole`, `GetCallerIdentity`. */
  count(operation: string): number;
  clearRequests(): void;
  /**
   * Disturbs the requests that follow: an object, or text such as `latency=500` or `CreateSession:throttling*2`.
   *
   * @throws UsageError `ERR_ARGUMENT`
   */
  addFaults(...faults: readonly (Fault | string)[]): void;
  clearFaults(): void;
  /** Ends every connection and removes the temporary folder. May be called again. */
  close(): Promise<void>;
}

/** What {@link Emulator.providerOptions} holds: paths, ARNs, and the endpoints of both services. */
export interface EmulatorProviderOptions {
  readonly certificate: string;
  readonly privateKey: string;
  readonly intermediates: string;
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  readonly endpoint: string;
  readonly environment: Readonly<Record<string, string>>;
}
