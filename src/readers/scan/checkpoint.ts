import { makeFolder } from "../../aws/files/make-folder.js";
import { openOutput } from "../../aws/files/open-output.js";
import { cannotWrite } from "../../aws/files/write-failure.js";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode, UsageError } from "../../errors.js";

/** Progress of one segment. */
export interface SegmentState {
  /** The key to continue after, as sent by the service; undefined at the start of the segment. */
  readonly key: string | undefined;
  readonly done: boolean;
  readonly items: number;
}

/** The state of an interrupted scan, as stored in a file. */
export interface Checkpoint {
  readonly version: 1;
  /** The options of the scan; a resumed run must have the same. */
  readonly scan: Readonly<Record<string, unknown>>;
  readonly totalSegments: number;
  readonly first: number;
  readonly complete: boolean;
  /** Exactly the items in `segments` were written: the scan stopped cleanly. */
  readonly settled?: boolean;
  readonly segments: readonly SegmentState[];
  /** For each partial file, by key, the number of bytes that `segments` covers. */
  readonly parts: Readonly<Record<string, number>>;
}

/** @returns undefined if the file does not exist yet. */
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

/** Replaces the file atomically, so that a kill leaves the old or the new state. Mode 0600, because keys are data. */
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
 * Refuses to resume a scan with other options, because the items would be mixed.
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
