import type { TransportOptions } from "../aws/http/transport.js";
import type { Region } from "../aws/region.js";
import type { CreateSessionContext } from "./create-session.js";

/** What the steps behind the first session need of the outside world. */
export interface StepContext extends CreateSessionContext, Pick<TransportOptions, "proxy" | "variables"> {
  /** Region of STS; default: that of the session. */
  readonly hopRegion?: Region | undefined;
}
