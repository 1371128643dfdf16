import type { Sourced } from "../../origin.js";
import type { OptionTable } from "../line/arguments.js";

/** Flag of commands that call an AWS service with any credentials. */
export const endpointOptions = {
  "endpoint-url": {
    kind: "string",
    describe: "another endpoint than the region's own, such as http://127.0.0.1:8000",
    placeholder: "URL",
    group: "Credentials",
  },
} as const satisfies OptionTable;

export function endpointOf(options: { readonly "endpoint-url"?: string | undefined }): Sourced<string> | undefined {
  const value = options["endpoint-url"];
  return value === undefined ? undefined : { value, origin: { kind: "flag", setting: "endpoint-url" } };
}
