import type { TransportOptions } from "../aws/http/transport.js";
import type { Region } from "../aws/region.js";
import type { Text } from "../message.js";
import { variantOf } from "../aws/endpoint.js";
import type { VendSettings } from "../settings/vend-settings.js";

/** The connection to STS. */
export interface StsConnection extends TransportOptions {
  readonly region: Region;
  readonly endpoint: string | undefined;
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  /** Milliseconds for the whole call, including retries. */
  readonly overallMs: number;
  readonly debug: (line: Text) => void;
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
}

/** The part of a connection that the settings determine. */
export function stsReach({
  sts,
  verifySsl,
  caBundle,
}: Pick<VendSettings, "sts" | "verifySsl" | "caBundle">): Pick<
  StsConnection,
  "endpoint" | "useFipsEndpoint" | "useDualstackEndpoint" | "verifySsl" | "caBundle"
> {
  return {
    endpoint: sts.endpoint?.value,
    ...variantOf(sts),
    verifySsl: verifySsl.value,
    caBundle,
  };
}
