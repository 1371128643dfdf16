import type { TableSize } from "../dynamodb/table.js";
import type { Shard } from "./shard.js";

/** Which segments of how many this run reads. */
export interface SegmentPlan {
  readonly totalSegments: number;
  /** The first segment of this run; the others follow it. */
  readonly first: number;
  readonly count: number;
  /** The most requests that are under way at once. */
  readonly concurrency: number;
}

/** Of the service. */
export const maxTotalSegments = 1_000_000;
/** Each request under way holds a page of one to two megabytes; this many keep the whole process below 150 MiB. */
export const maxConcurrent = 12;
const maxAutomatic = 64;
const bytesPerSegment = 16 * 1024 * 1024;
/** A fixed number: shards must agree on the total, and two of them may be told different sizes of one table. */
const perShard = 16;
const withoutSize = 8;

export interface SegmentOptions {
  /** Segments of this run; undefined means `auto`. */
  readonly segments: number | undefined;
  readonly shard: Shard;
  readonly size: TableSize | undefined;
  readonly limit: number | undefined;
}

/** Cuts the table so that each request at work finds a few segments, since segments are of unequal size. */
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
  // A few pages are sooner read one after the other than looked for in many places.
  if (limit !== undefined && limit <= 1000) return 1;
  if (size === undefined) return withoutSize;
  return Math.max(1, Math.min(maxAutomatic, Math.ceil(size.bytes / bytesPerSegment)));
}
