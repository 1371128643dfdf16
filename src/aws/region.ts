import { UsageError } from "../errors.js";

/**
 * Checks the shape of a region name; whether the region exists is the service's business.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parseRegion(text: string, subject: string): string {
  if (/^[a-z]{2,}(-[a-z0-9]+)+$/.test(text)) return text;
  throw new UsageError("ERR_SETTING", `${subject} has region "${text}", expected one such as us-east-1`, {
    hints: ["leave --region out to use the trust anchor's region"],
  });
}
