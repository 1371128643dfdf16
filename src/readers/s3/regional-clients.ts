import type { S3Client } from "@aws-sdk/client-s3";
import { serviceEndpoint } from "../../aws/endpoint.js";
import { parseRegion } from "../../aws/region.js";
import type { Region } from "../../aws/region.js";
import { createClient, isOwnEndpoint } from "./client.js";
import type { ClientLimits, S3StoreOptions } from "./client.js";
import { statusOf } from "./errors.js";

/** Clients for the regions of buckets. */
export interface RegionalClients {
  /** Sends a request to the region of the bucket, as far as an earlier response has told it, and follows such a response. */
  readonly send: <T>(place: { readonly bucket: string }, request: (client: S3Client) => Promise<T>) => Promise<T>;
  /** The client of the configured region. */
  readonly configured: S3Client;
  /** Closes every connection. */
  readonly close: () => void;
}

export function createRegionalClients(options: S3StoreOptions, limits: ClientLimits): RegionalClients {
  const configured = createClient(options, limits);
  const clients = new Map<Region, S3Client>([[options.region, configured]]);
  const regions = new Map<string, Region>();
  const redirected = isOwnEndpoint(options.endpoint, options.region);
  const clientIn = (region: Region): S3Client => {
    const known = clients.get(region);
    if (known !== undefined) return known;
    const variant = { useFipsEndpoint: false, useDualstackEndpoint: false };
    const client = createClient({ ...options, region, endpoint: serviceEndpoint("s3", region, variant) }, limits);
    clients.set(region, client);
    return client;
  };
  return {
    async send({ bucket }, request) {
      const region = regions.get(bucket) ?? options.region;
      try {
        return await request(clientIn(region));
      } catch (error) {
        const told = redirected ? regionOf(error) : undefined;
        if (told === undefined || told === region) throw error;
        const other = parseRegion(told, "the bucket");
        regions.set(bucket, other);
        return request(clientIn(other));
      }
    },
    configured,
    close() {
      // Also closes the connections of their agents.
      for (const client of clients.values()) client.destroy();
    },
  };
}

/** Returns the region that a response names in place of a result. */
function regionOf(error: unknown): string | undefined {
  const { $response } = error as { readonly $response?: { readonly headers?: Readonly<Record<string, string>> } };
  return [301, 307, 400].includes(statusOf(error)) ? $response?.headers?.["x-amz-bucket-region"] : undefined;
}
