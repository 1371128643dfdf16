import type { Environment } from "./environment.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";

declare const brand: unique symbol;
/** A name in the format of a region, safe in a host name and a signature. */
export type Region = string & { readonly [brand]: "region" };

/** The region that AWS tools and the partition `aws` use if any will do. */
export const fallbackRegion = "us-east-1" as Region;

/** Returns the region in the environment. */
export function environmentRegion(variables: Environment["variables"]): string | undefined {
  return variables["AWS_REGION"] || variables["AWS_DEFAULT_REGION"] || undefined;
}

/**
 * Checks the format of a region name. Only the service knows whether the region exists.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parseRegion(text: string, subject: Text): Region {
  if (isRegion(text)) return text;
  throw new UsageError("ERR_SETTING", message`${subject} has region "${text}", expected one such as us-east-1`, {
    hints: [message`leave ${setting("region")} out to use the trust anchor's region`],
  });
}

function isRegion(text: string): text is Region {
  return /^[a-z]{2,}(-[a-z0-9]+)+$/.test(text);
}
