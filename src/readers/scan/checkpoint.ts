import { makeFolder } from "../../aws/files/make-folder.js";
import { openOutput } from "../../aws/files/open-output.js";
import { cannotWrite } from "../../aws/files/write-failure.js";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode, UsageError } from "../../errors.js";

/** How far one segment has come. */
export interface SegmentState {
  /** The key after which to go on, as the service wrote it; undefined at the start of the segment. */
  readonly key: string | undefined;
  readonly done: boolean;
  readonly items: number;
}

/** A scan that was stopped, as a file holds it. */
export interface Checkpoint {
  readonly version: 1;
  /** What was asked for; a resumed run must ask for the same. */
  readonly scan: Readonly<Record<string, unknown>>;
  readonly totalSegments: number;
  readonly first: number;
  readonly complete: boolean;
  /** Everything that `segments` says was written, and nothing else: the scan stopped in good order. */
  readonly settled?: boolean;
  readonly segments: readonly SegmentState[];
  /** Bytes of each partial file that belong to what `segments` says, by the file's key. */
  readonly parts: Readonly<Record<string, number>>;
}

/** @returns undefined when the file does not exist yet. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw new UsageError("ERR_INPUT", `cannot read checkpoint "${path}": ${systemCode(cause)}`, {
      cause,
      hints: ["check its permissions, or name another file"],
    });
  }
  const checkpoint = parseCheckpoint(text);
  if (checkpoint !== undefined) return checkpoint;
  throw new UsageError("ERR_INPUT", `"${path}" is not a checkpoint of a scan`, {
    hints: ["name a file that does not exist yet, or the one that an earlier scan wrote"],
  });
}

function parseCheckpoint(text: string): Checkpoint | undefined {
  try {
    const value = JSON.parse(text) as Partial<Checkpoint> | null;
    const whole =
      value?.version === 1 &&
      typeof value.scan === "object" &&
      Number.isInteger(value.totalSegments) &&
      Number.isInteger(value.first) &&
      typeof value.parts === "object" &&
      Array.isArray(value.segments) &&
      value.segments.every(({ key, done, items }: SegmentState) => {
        return (key === undefined || typeof key === "string") && typeof done === "boolean" && Number.isInteger(items);
      });
    return whole ? (value as Checkpoint) : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step, so that a kill at any moment leaves the old state or the new one. Mode 0600: keys are data. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw cannotWrite(path, error);
  }
  const file = await openOutput(path, { secret: true });
  try {
    await file.write(Buffer.from(`${JSON.stringify(checkpoint)}\n`));
    await file.commit();
  } finally {
    await file.abort();
  }
}

/**
 * Refuses to go on with a scan that asked for something else, since its items would be mixed.
 *
 * @throws UsageError `ERR_CONFLICT`
 */
export function requireSameScan(path: string, checkpoint: Checkpoint, scan: Checkpoint["scan"]): void {
  const names = new Set([...Object.keys(checkpoint.scan), ...Object.keys(scan)]);
  const differing = [...names].filter((name) => JSON.stringify(checkpoint.scan[name]) !== JSON.stringify(scan[name]));
  const [name] = differing;
  if (name === undefined) return;
  const shown = (value: unknown) => (value === undefined ? "none" : JSON.stringify(value));
  throw new UsageError(
    "ERR_CONFLICT",
    `checkpoint "${path}" belongs to another scan: its ${name} is ${shown(checkpoint.scan[name])}, this one's is ${shown(scan[name])}`,
    { hints: ["run the same command line as before, or remove the checkpoint to start over"] },
  );
}
