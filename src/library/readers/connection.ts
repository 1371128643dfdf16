import { environmentRegion } from "../../aws/region.js";
import type { Sourced } from "../../origin.js";
import type { ServiceNames } from "../../settings/connection.js";
import { resolveServiceConnection } from "../../settings/service-connection.js";
import type { ServiceConnection } from "../../settings/service-connection.js";
import { readEnvironment } from "../option-settings.js";
import { inOptionWords } from "../option-words.js";
import type { ReadingConnection } from "./options.js";

/** @throws UsageError `ERR_SETTING` when no region is known, or the endpoint is invalid. */
export function resolveReadingConnection(
  names: ServiceNames,
  { region, endpoint, caBundle, verifySsl = true, environment }: ReadingConnection,
  lastRegion: string | undefined,
): ServiceConnection & { readonly verifySsl: boolean } {
  const environmentSource = readEnvironment({ environment });
  const resolved = resolveServiceConnection(
    {
      names,
      endpoint: fromOption("endpoint", endpoint),
      profile: undefined,
      region: region ?? environmentRegion(environmentSource.variables) ?? lastRegion,
    },
    environmentSource,
  );
  return { ...resolved, caBundle: fromOption("caBundle", caBundle) ?? resolved.caBundle, verifySsl };
}

function fromOption(name: string, value: string | undefined): Sourced<string> | undefined {
  return value === undefined ? undefined : { value, origin: { kind: "flag", setting: name } };
}

/** Passes batches through and converts errors to terms of options. */
export async function* inReaderWords<T>(batches: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* batches;
  } catch (error) {
    throw inOptionWords(error);
  }
}
