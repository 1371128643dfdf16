import type { Readable } from "node:stream";
import { readNamedText } from "../../aws/files/read-named-file.js";
import { UsageError } from "../../errors.js";
import type { HeaderOption } from "../../request/header-option.js";
import { parseHeaderLine } from "./headers.js";
import type { HeaderSource } from "./headers.js";
import type { DataSources } from "./data.js";

/**
 * The headers, with those of files and of standard input in their place.
 *
 * @throws UsageError `ERR_INPUT` when a file cannot be read.
 */
export async function readHeaders(sources: readonly HeaderSource[], from: DataSources): Promise<HeaderOption[]> {
  const found = await Promise.all(
    sources.map(async (source): Promise<readonly HeaderOption[]> => {
      switch (source.kind) {
        case "file":
          return parseLines(readHeaderFile(source.path, from));
        case "stdin":
          return parseLines(await readStream(from.stdin));
        case "send":
        case "drop":
          return [source];
      }
    }),
  );
  return found.flat();
}

function parseLines(text: string): HeaderOption[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(parseHeaderLine);
}

function readHeaderFile(path: string, { resolvePath }: DataSources): string {
  return readNamedText(
    resolvePath(path),
    (reason) =>
      new UsageError("ERR_INPUT", `the headers cannot be read from ${path}: ${reason}`, {
        hints: ['check the path after "@"'],
      }),
  );
}

async function readStream(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}
