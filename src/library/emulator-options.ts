import type { Fault } from "../emulator/faults/inject.js";
import type { RequestRecord } from "../emulator/request-record.js";
import type { EmulatorState } from "../emulator/state/memory.js";

/** Options of {@link startEmulator}. */
export interface StartEmulatorOptions {
  /** IP address to listen on; default `127.0.0.1`. An address that other machines can reach requires `allowRemote`. */
  readonly host?: string | undefined;
  /** Allows `host` to be an address that other machines can reach; default false. */
  readonly allowRemote?: boolean | undefined;
  /** Port to listen on. Default 0: any free one. */
  readonly port?: number | undefined;
  /** Serves HTTPS with a certificate from its own authority; default false. */
  readonly tls?: boolean | undefined;
  /** Folder that keeps certificates and state between runs; default: a temporary folder that is removed on close. */
  readonly folder?: string | undefined;
  /** Faults to inject from the start; see {@link Emulator.addFaults}. */
  readonly faults?: readonly (Fault | string)[] | undefined;
  /** Called after each request with the verdict and its reason. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
}

/** A certificate that the emulator accepts, with its key: as files for options that take paths, and as PEM. */
export interface EmulatorIdentity {
  /** Path of the certificate. */
  readonly certificate: string;
  /** Path of the private key: PKCS#8, not encrypted, mode 0600. */
  readonly privateKey: string;
  /** Path of the issuing CA's certificate, which is not the trust anchor. */
  readonly intermediates: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly intermediatesPem: string;
}

/** Contents of a certificate from {@link Emulator.issueIdentity}. */
export interface IssueIdentityOptions {
  /** Common name of the subject; default `client`. */
  readonly commonName?: string | undefined;
  /** A URI in the subject alternative names, such as `spiffe://example/web`. */
  readonly uri?: string | undefined;
  /** Adds the emulator's revocation list, which contains the serial numbers in `revokedSerials`; default false. */
  readonly revocable?: boolean | undefined;
  /** Start of validity. Default: an hour ago. */
  readonly notBefore?: Date | undefined;
  /** End of validity. Default: a year from now. */
  readonly notAfter?: Date | undefined;
  /** Type of the key. Default `ec-p256`. */
  readonly key?: "ec-p256" | "ec-p384" | "rsa-2048" | undefined;
}

/** A running emulator of IAM Roles Anywhere and STS. */
export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:40123`, without a final slash: the endpoint of both services. */
  readonly url: string;
  readonly port: number;
  /** Folder of its files. */
  readonly folder: string;
  /** Path of an AWS config file with profiles that use the emulator; they need the executable on the PATH. */
  readonly configFile: string;
  /** Variables that point AWS tools and this package to the emulator, for a child process. */
  readonly environment: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly region: string;
  readonly trustAnchorArn: string;
  /** Profiles: `demo`, `named` that accepts session names, `disabled`. */
  readonly profileArns: Readonly<Record<"demo" | "named" | "disabled", string>>;
  /**
   * Roles: `demo`, `short` with a maximum of one hour and `untrusting` that refuses, for CreateSession; `target` that
   * trusts `demo`, `partner` that requires the external ID `example-external-id`, and `last` that trusts `target`, for
   * role chaining.
   */
  readonly roleArns: Readonly<Record<"demo" | "short" | "untrusting" | "target" | "partner" | "last", string>>;
  /** Ready-made certificates of the trusted CA. */
  readonly identities: Readonly<Record<"ec" | "rsa", EmulatorIdentity>>;
  /** Options for `fromRolesAnywhere` to get a session of the role `demo`. */
  readonly providerOptions: EmulatorProviderOptions;
  /** Issues another certificate of the trusted CA, such as one that expires soon or has expired. */
  issueIdentity(options?: IssueIdentityOptions): EmulatorIdentity;
  /** The current trust anchors, profiles and roles. */
  state(): EmulatorState;
  /** Changes them, starting with the next request. */
  updateState(change: (state: EmulatorState) => EmulatorState): void;
  /** The last 1000 requests, oldest first. */
  requests(): readonly RequestRecord[];
  /** Counts the requests of an operation: `CreateSession`, `AssumeRole`, `GetCallerIdentity`. */
  count(operation: string): number;
  clearRequests(): void;
  /**
   * Injects faults into following requests: an object, or text such as `latency=500` or `CreateSession:throttling*2`.
   *
   * @throws UsageError `ERR_ARGUMENT`
   */
  addFaults(...faults: readonly (Fault | string)[]): void;
  clearFaults(): void;
  /** Closes all connections and removes the temporary folder. Can be called more than once. */
  close(): Promise<void>;
}

/** Members of {@link Emulator.providerOptions}: paths, ARNs, and the endpoint of both services. */
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
