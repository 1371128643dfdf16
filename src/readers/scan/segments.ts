import type { TableSize } from "../dynamodb/table.js";
import type { Shard } from "../shard.js";

/** The segments that this run reads, out of a total. */
export interface SegmentPlan {
  readonly totalSegments: number;
  /** The first segment of this run; the others follow it. */
  readonly first: number;
  readonly count: number;
  /** Maximum number of concurrent requests. */
  readonly concurrency: number;
}

/** DynamoDB's limit. */
export const maxTotalSegments = 1_000_000;
/** Each request in flight holds a page of one to two megabytes; with this many the process stays below 150 MiB. */
export const maxConcurrent = 12;
const maxAutomatic = 64;
const bytesPerSegment = 16 * 1024 * 1024;
/** A fixed number, because shards must agree on the total, and two shards may see different sizes of the same table. */
const perShard = 16;
const withoutSize = 8;

export interface SegmentOptions {
  /** Segments of this run; undefined for `auto`. */
  readonly segments: number | undefined;
  readonly shard: Shard;
  readonly size: TableSize | undefined;
  readonly limit: number | undefined;
}

/** Splits the table into a few segments per concurrent request, because segments differ in size. */
export function planSegments({ segments, shard, size, limit }: SegmentOptions): SegmentPlan {
  const count = segments ?? automaticCount(shard, size, limit);
  return {
    totalSegments: count * shard.count,
    first: count * shard.index,
    count,
    concurrency: Math.min(count, maxConcurrent),
  };
}

function automaticCount(shard: Shard, size: TableSize | undefined, limit: number | undefined): number {
  if (shard.count > 1) return Math.min(perShard, Math.floor(maxTotalSegments / shard.count));
  // For a few pages, one sequential read is faster than searching many segments.
  if (limit !== undefined && limit <= 1000) return 1;
  if (size === undefined) return withoutSize;
  return Math.max(1, Math.min(maxAutomatic, Math.ceil(size.bytes / bytesPerSegment)));
}
