import { UsageError } from "../errors.js";
import { message, perSurface, setting } from "../message.js";
import type { Text } from "../message.js";

/** One of `count` slices of a table, an archive or an export, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** All of it. */
export const wholeShard: Shard = { index: 0, count: 1 };

type Variables = Readonly<Record<string, string | undefined>>;

const indexVariables = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID"] as const;
const countVariables = ["AWS_BATCH_JOB_ARRAY_SIZE", "SLURM_ARRAY_TASK_COUNT"] as const;

/**
 * Parses `--shard`: `i/n`, or `auto/n` and `auto` where the orchestrator that runs many copies of this program provides
 * the index: a Kubernetes Indexed Job (only the index), an AWS Batch array job or a Slurm job array (index and size).
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseShard(text: string, variables: Variables): Shard {
  const match = /^(auto|\d+)(?:\/(\d+))?$/.exec(text);
  if (match === null || (match[1] !== "auto" && match[2] === undefined)) {
    throw refuse(
      message`${setting("shard")} is "${text}", expected INDEX/COUNT or auto/COUNT`,
      message`the first of four slices is ${shownShard(0, 4)}`,
    );
  }
  const index = match[1] === "auto" ? readIndex(variables) : Number(match[1]);
  const count = match[2] === undefined ? readCount(variables) : Number(match[2]);
  const hint =
    match[1] === "auto"
      ? "give as COUNT the number of copies that run (completions of the Kubernetes job, array size of the Batch or Slurm job)"
      : undefined;
  return requireShard({ index, count }, hint);
}

/** @throws UsageError `ERR_ARGUMENT` for a slice out of range. */
export function requireShard(shard: Shard, hint?: string): Shard {
  const { index, count } = shard;
  if (!(Number.isInteger(count) && count >= 1 && count <= 100_000)) {
    throw refuse(
      message`${setting("shard")} asks for ${count} slices, expected 1 to 100000`,
      message`write ${shownShard(0, 4)}`,
    );
  }
  if (!(Number.isInteger(index) && index >= 0 && index < count)) {
    throw refuse(
      message`${setting("shard")} asks for slice ${index} of ${count}, but slices count from 0 to ${count - 1}`,
      hint ?? message`the last slice is ${shownShard(count - 1, count)}`,
    );
  }
  return shard;
}

/** Shows how to request a slice. */
function shownShard(index: number, count: number): Text {
  return perSurface({
    commandLine: `--shard ${index}/${count}`,
    library: `shard: { index: ${index}, count: ${count} }`,
  });
}

function readIndex(variables: Variables): number {
  for (const name of indexVariables) {
    const text = variables[name];
    if (text === undefined || !/^\d+$/.test(text)) continue;
    // Slurm counts from the first number of --array.
    return Number(text) - (name === "SLURM_ARRAY_TASK_ID" ? Number(variables["SLURM_ARRAY_TASK_MIN"] ?? 0) : 0);
  }
  throw refuse(
    message`${setting("shard")} auto finds neither ${indexVariables.join(" nor ")} in the environment`,
    message`run as a Kubernetes Job with completionMode: Indexed, as an AWS Batch array job or a Slurm job array, or give ${setting("shard")} INDEX/COUNT`,
  );
}

function readCount(variables: Variables): number {
  for (const name of countVariables) {
    const text = variables[name];
    if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  }
  throw refuse(
    message`${setting("shard")} auto does not know how many slices there are: Kubernetes tells a pod its index, not the count`,
    message`write ${setting("shard")} auto/COUNT with the job's completions as COUNT`,
  );
}

function refuse(problem: Text, hint: Text): UsageError {
  return new UsageError("ERR_ARGUMENT", problem, { hints: [hint] });
}

/** Deals items out to the shards in turn, so that each is in exactly one of them. */
export function dealOut<T>(items: readonly T[], shard: Shard): readonly T[] {
  return shard.count === 1 ? items : items.filter((_, at) => isInShard(at, shard));
}

/** Tells whether an item is in a shard, by its number from 0. */
export const isInShard = (number: number, { index, count }: Shard): boolean => number % count === index;
