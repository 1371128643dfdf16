import type { SharedFile, SharedFiles } from "../aws/shared-config.js";
import type { Sourced } from "../origin.js";

/** AWS's own keys of one profile. Those of the credentials file win, as in every AWS tool. */
export interface AwsProfile {
  readonly name: string;
  /** Undefined if the key is absent or empty. */
  find(key: string): Sourced<string> | undefined;
  /** Finds a key of the profile's `services` section, such as `sts.endpoint_url`. */
  findInServices(key: string): Sourced<string> | undefined;
}

/** Returns undefined for a profile in neither file. */
export function findAwsProfile(name: string, { config, credentials }: SharedFiles): AwsProfile | undefined {
  const holders = [credentials, config].filter(({ profiles }) => profiles.has(name));
  if (holders.length === 0) return undefined;
  const sourced = ({ file }: SharedFile, key: string, value: string | undefined): Sourced<string> | undefined =>
    value === undefined || value === "" ? undefined : { value, origin: { kind: "profile", key, profile: name, file } };
  const find = (key: string) =>
    holders.map((file) => sourced(file, key, file.profiles.get(name)?.get(key))).find((found) => found !== undefined);
  return {
    name,
    find,
    findInServices: (key) => sourced(config, key, config.services.get(find("services")?.value ?? "")?.get(key)),
  };
}
