import type { Readable } from "node:stream";
import { UsageError } from "../../errors.js";
import { createBody } from "../../request/body.js";
import type { BodyPart, RequestBody } from "../../request/body.js";
import { encodeText } from "../../signing/encoding.js";
import type { OptionValues } from "../line/arguments.js";
import type { requestOptions } from "../options/request.js";

type DataFlags = Pick<
  OptionValues<typeof requestOptions>,
  "data" | "data-raw" | "data-binary" | "data-urlencode" | "json"
>;

export interface DataSources {
  readonly stdin: Readable;
  readonly resolvePath: (path: string) => string;
}

/** Data as the flags give it; `contentType` is what they imply. */
export interface RequestData {
  readonly parts: readonly BodyPart[];
  readonly contentType: string;
}

/**
 * Joins all data flags as curl does: `&` between pieces of form data, nothing between pieces of JSON. Pieces of one flag
 * keep their order.
 *
 * @returns undefined when no data flag was given.
 * @throws UsageError `ERR_INPUT`, `ERR_CONFLICT`
 */
export async function readData(flags: DataFlags, sources: DataSources): Promise<RequestData | undefined> {
  const json = (flags.json ?? []).map((text) => readPiece(text, false, sources));
  const form = [
    ...(flags.data ?? []).map((text) => readPiece(text, true, sources)),
    ...(flags["data-raw"] ?? []).map(bytesPart),
    ...(flags["data-binary"] ?? []).map((text) => readPiece(text, false, sources)),
    ...(await Promise.all((flags["data-urlencode"] ?? []).map((text) => encodePiece(text, sources)))),
  ];
  const fromStdin = [...json, ...form].filter(({ kind }) => kind === "stream");
  if (fromStdin.length > 1) {
    throw new UsageError("ERR_CONFLICT", 'standard input can be read once, and "@-" was given more than once', {
      hints: ["put one of them into a file"],
    });
  }
  if (json.length > 0 && form.length > 0) {
    throw new UsageError("ERR_CONFLICT", "--json and form data (--data and its kin) exclude each other", {
      hints: ["put everything into one --json, or use --data-binary with your own content-type"],
    });
  }
  if (json.length > 0) return { parts: json, contentType: "application/json" };
  if (form.length === 0) return undefined;
  const parts = form.flatMap((part, index) => (index === 0 ? [part] : [bytesPart("&"), part]));
  return { parts, contentType: "application/x-www-form-urlencoded" };
}

/** The data as text for the query, in memory. */
export async function readQueryData({ parts }: RequestData): Promise<string> {
  return (await readWhole(await createBody(parts))).toString("utf8");
}

function readPiece(text: string, withoutLineEnds: boolean, sources: DataSources): BodyPart {
  if (!text.startsWith("@")) return bytesPart(text);
  return readSource(text.slice(1), withoutLineEnds, sources);
}

function readSource(name: string, withoutLineEnds: boolean, { stdin, resolvePath }: DataSources): BodyPart {
  if (name === "-") return { kind: "stream", stream: stdin, withoutLineEnds };
  if (name === "") {
    throw new UsageError("ERR_ARGUMENT", 'a file name is missing after "@"', {
      hints: ["write @FILE, @- for standard input, or use --data-raw for data that begins with @"],
    });
  }
  return { kind: "file", path: resolvePath(name), name, withoutLineEnds };
}

function bytesPart(text: string): BodyPart {
  return { kind: "bytes", bytes: Buffer.from(text, "utf8") };
}

async function encodePiece(text: string, sources: DataSources): Promise<BodyPart> {
  const at = text.search(/[=@]/);
  if (at === -1) return bytesPart(encodeText(text));
  const prefix = at === 0 ? "" : `${text.slice(0, at)}=`;
  const content = text.slice(at + 1);
  if (text[at] === "=") return bytesPart(prefix + encodeText(content));
  const whole = await readWhole(await createBody([readSource(content, false, sources)]));
  return bytesPart(prefix + encodeText(whole.toString("utf8")));
}

async function readWhole(body: RequestBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
