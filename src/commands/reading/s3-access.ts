import { openOutput } from "../../aws/files/open-output.js";
import type { OutputFile } from "../../aws/files/open-output.js";
import { environmentRegion, fallbackRegion } from "../../aws/region.js";
import { renderText } from "../../message.js";
import type { OutputCompression } from "../../readers/output/compressed-sink.js";
import type { RowFormat } from "../../readers/rows/encoder.js";
import type { S3StoreOptions } from "../../readers/s3/client.js";
import type { TransferTally } from "../../readers/s3/object-store.js";
import { serviceNames } from "../../settings/connection.js";
import { resolveServiceConnection } from "../../settings/service-connection.js";
import type { Sourced } from "../../origin.js";
import type { CredentialSource } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import type { OutputPlace } from "./output-place.js";

interface S3AccessOptions extends Pick<S3StoreOptions, "requesterPays" | "timeoutMs"> {
  /** Undefined for requests without a signature. */
  readonly source: CredentialSource | undefined;
  readonly options: {
    readonly region?: string | undefined;
    readonly profile?: string | undefined;
    readonly "no-verify-ssl"?: boolean | undefined;
  };
  readonly endpoint: Sourced<string> | undefined;
}

/** Resolves the connection to S3. */
export function resolveS3Access(
  { source, options, endpoint, requesterPays, timeoutMs }: S3AccessOptions,
  invocation: Invocation,
): S3StoreOptions {
  const region = source === undefined ? (options.region ?? environmentRegion(invocation.variables)) : source.region;
  const connection = resolveServiceConnection(
    {
      names: serviceNames.s3,
      endpoint,
      profile: options.profile,
      // S3 redirects to a bucket in another region.
      region: region ?? (options.profile === undefined ? fallbackRegion : undefined),
    },
    invocation,
  );
  return {
    ...connection,
    credentials: source?.provider,
    requesterPays,
    verifySsl: options["no-verify-ssl"] !== true,
    timeoutMs,
  };
}

export interface OutputContext {
  readonly label: string;
  readonly contentType: string;
  readonly access: () => Promise<S3StoreOptions>;
  readonly tally: Pick<TransferTally, "requests" | "retries">;
  readonly signal: AbortSignal;
}

/** Opens the file or object of `--output`. */
export async function openPlace(
  place: OutputPlace,
  { label, contentType, access, tally, signal }: OutputContext,
  { stderr }: Invocation,
): Promise<OutputFile> {
  if (place.kind === "file") return openOutput(place.path);
  const { openUpload } = await import("../../readers/s3/upload.js");
  const openStore = async () => {
    const [{ createUploadStore }, options] = await Promise.all([
      import("../../readers/s3/sdk-upload-store.js"),
      access(),
    ]);
    return createUploadStore(options);
  };
  const target = { bucket: place.bucket, key: place.key, contentType };
  return openUpload(target, {
    openStore,
    random: Math.random,
    tally,
    signal,
    onLeftover: (note) => stderr.write(`${label}: ${renderText(note)}\n`),
  });
}

const typesByFormat: Readonly<Record<RowFormat, string>> = {
  csv: "text/csv",
  ndjson: "application/x-ndjson",
  json: "application/json",
  table: "text/plain; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
};
const typesByCompression: Readonly<Record<OutputCompression, string>> = {
  gzip: "application/gzip",
  zstd: "application/zstd",
};

/** Returns the media type of an output; undefined is the type of bytes of an unknown format. */
export function contentTypeOf(format: RowFormat | undefined, compression: OutputCompression | undefined): string {
  if (compression !== undefined) return typesByCompression[compression];
  return format === undefined ? "application/octet-stream" : typesByFormat[format];
}
