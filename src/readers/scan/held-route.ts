import { makeFolder } from "../../aws/files/make-folder.js";
import { openOutput, placeOutput } from "../../aws/files/open-output.js";
import { findTarget } from "../../aws/files/target.js";
import { cannotWrite } from "../../aws/files/write-failure.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RowFormat } from "../rows/encoder.js";
import { chooseForm, copyFiles, openItemDocument } from "../items/document.js";
import { openParts } from "./parts.js";
import { openDestination } from "./route.js";
import type { Route, RouteOptions } from "./route.js";

/** Writes to one stream or file. Items wait in partial files: one for all segments, or one each to keep their order. */
export async function openHeldRoute(options: RouteOptions): Promise<Route> {
  const { destination, format, order, checkpoint, plan, columns, terminalColumns, signal } = options;
  const target = destination.kind === "file" ? findTarget(destination.path, { secret: false }) : undefined;
  // An NDJSON file only needs a rename to be complete, so its partial file is next to it.
  const own = target?.kind === "file" && format === "ndjson" && order === "none" ? target.path : undefined;
  const folder = own === undefined ? await holdingFolder(checkpoint) : undefined;
  const pathOf = (key: string) => (own === undefined ? join(folder ?? "", `${key}.ndjson`) : `${own}.partial`);
  const keyOf = (offset: number) => (order === "segment" ? String(plan.first + offset) : "all");
  const parts = openParts({ keyOf, pathOf, lengths: options.partLengths });
  const keys = order === "segment" ? Array.from({ length: plan.count }, (_, offset) => keyOf(offset)) : ["all"];
  return {
    deliver: (offset, lines) => parts.append(offset, lines),
    lengths: () => parts.lengths(),
    sync: () => parts.sync(),
    async finish() {
      await parts.complete(keys);
      if (own !== undefined) return placeOutput(pathOf("all"), own);
      const files = keys.map(pathOf);
      const form = await chooseForm(format, files, columns, signal);
      const file = await openDestination(destination);
      const sink = destination.kind === "stream" ? destination.sink : file;
      if (sink === undefined) return;
      try {
        await copyFiles(files, await openItemDocument(form, sink, terminalColumns), signal);
        await file?.commit();
      } finally {
        await file?.abort();
      }
    },
    async discard() {
      await parts.remove();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
    suspend: () => parts.close(),
  };
}

/** Writes one file per segment into a folder. */
export function openDirectoryRoute(options: RouteOptions, directory: string): Route {
  const { format, columns, plan, signal } = options;
  const digits = String(plan.totalSegments - 1).length;
  const nameOf = (key: string, extension: string) =>
    join(directory, `segment-${key.padStart(digits, "0")}-of-${plan.totalSegments}.${extension}`);
  const pathOf = (key: string) => `${nameOf(key, "ndjson")}.partial`;
  const keyOf = (offset: number) => String(plan.first + offset);
  const parts = openParts({ keyOf, pathOf, lengths: options.partLengths });
  const keys = Array.from({ length: plan.count }, (_, offset) => keyOf(offset));
  return {
    deliver: (offset, lines) => parts.append(offset, lines),
    lengths: () => parts.lengths(),
    sync: () => parts.sync(),
    async finish() {
      await parts.complete(keys);
      const form = await chooseForm(format, keys.map(pathOf), columns, signal);
      for (const key of keys) {
        if (format === "ndjson") placeOutput(pathOf(key), nameOf(key, "ndjson"));
        else await convert(pathOf(key), nameOf(key, extensions[format]), form, signal);
      }
    },
    discard: () => parts.remove(),
    suspend: () => parts.close(),
  };
}

const extensions: Readonly<Record<RowFormat, string>> = {
  csv: "csv",
  ndjson: "ndjson",
  json: "json",
  table: "txt",
  parquet: "parquet",
  arrow: "arrow",
};

async function convert(
  part: string,
  path: string,
  form: Awaited<ReturnType<typeof chooseForm>>,
  signal: AbortSignal,
): Promise<void> {
  const file = await openOutput(path);
  try {
    await copyFiles([part], await openItemDocument(form, file), signal);
    await file.commit();
  } finally {
    await file.abort();
  }
}

/** Returns a private folder: next to the checkpoint, where a later run finds it, else a new temporary one. */
async function holdingFolder(checkpoint: string | undefined): Promise<string> {
  if (checkpoint === undefined) return mkdtemp(join(tmpdir(), "rolesanywhere-ts-scan-"));
  const folder = `${checkpoint}.parts`;
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  return folder;
}
