import type { TransportOptions } from "../aws/http/transport.js";
import type { Region } from "../aws/region.js";
import type { CreateSessionContext } from "./create-session.js";

/** The context of the steps after the first session. */
export interface StepContext extends CreateSessionContext, Pick<TransportOptions, "proxy" | "variables"> {
  /** Region of STS; default: that of the session. */
  readonly hopRegion?: Region | undefined;
}
