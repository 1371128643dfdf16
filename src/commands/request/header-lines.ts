import { readNamedText } from "../../aws/files/read-named-file.js";
import { UsageError } from "../../errors.js";
import { readWhole } from "../../request/body.js";
import type { HeaderOption } from "../../request/header-option.js";
import { parseHeaderLine } from "./headers.js";
import type { HeaderSource } from "./headers.js";
import type { DataSources } from "./data.js";

/**
 * Returns the headers, with those from files and standard input inserted in order.
 *
 * @throws UsageError `ERR_INPUT` if a file cannot be read.
 */
export async function readHeaders(sources: readonly HeaderSource[], from: DataSources): Promise<HeaderOption[]> {
  const found = await Promise.all(
    sources.map(async (source): Promise<readonly HeaderOption[]> => {
      switch (source.kind) {
        case "file":
          return parseLines(readHeaderFile(source.path, from));
        case "stdin":
          return parseLines((await readWhole(from.stdin)).toString("utf8"));
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
