import { UsageError } from "../../errors.js";
import { message } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import type { VendSettings } from "../../settings/vend-settings.js";

const minSeconds = 60;

/**
 * Returns the settings. Refuses sessions so short that a command would refresh them all the time.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function refuseBriefScope(settings: VendSettings): VendSettings {
  const duration = settings.scope?.durationSeconds;
  if (duration === undefined || duration.value >= minSeconds) return settings;
  throw new UsageError(
    "ERR_SETTING",
    message`${describeOrigin(duration.origin)} is ${duration.value}, and a session that is refreshed lasts ${minSeconds} s at least`,
    { hints: ["take 60 or more: the session is refreshed when a third of it is left"] },
  );
}
