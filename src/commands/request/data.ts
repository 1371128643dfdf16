import type { Readable } from "node:stream";
import { randomBytes } from "node:crypto";
import { UsageError } from "../../errors.js";
import { createBody, readWhole, textPart } from "../../request/body.js";
import type { BodyPart } from "../../request/body.js";
import { encodeOctets } from "../../signing/encoding.js";
import { buildForm } from "./form.js";
import type { ContentInput, DataPiece } from "./input.js";

export interface DataSources {
  readonly stdin: Readable;
  readonly resolvePath: (path: string) => string;
}

/** The body from the flags. They imply `contentType`. */
export interface RequestData {
  readonly parts: readonly BodyPart[];
  readonly contentType: string | undefined;
  readonly method: "POST" | "PUT";
  /** Set only for a form: its content type needs it. */
  readonly boundary?: string;
}

/**
 * Reads the body from the data flags, the form or the uploaded file. Joins data in the order of the command line, as
 * curl does: form data with `&`, JSON without a separator.
 *
 * @returns undefined if no flag gives a body.
 * @throws UsageError `ERR_INPUT`, `ERR_CONFLICT`
 */
export async function readData(content: ContentInput, sources: DataSources): Promise<RequestData | undefined> {
  const found =
    content.uploadFile === undefined ? await readPieces(content, sources) : upload(content.uploadFile, sources);
  const fromStdin = found?.parts.filter(({ kind }) => kind === "stream") ?? [];
  if (fromStdin.length > 1) {
    throw new UsageError("ERR_CONFLICT", 'standard input can be read once, and "@-" was given more than once', {
      hints: ["put one of them into a file"],
    });
  }
  return found;
}

function upload(file: string, sources: DataSources): RequestData {
  const part = file === "-" || file === "." ? streamPart(sources) : filePart(file, false, sources);
  return { parts: [part], contentType: undefined, method: "PUT" };
}

async function readPieces(
  { data, form, inQuery }: ContentInput,
  sources: DataSources,
): Promise<RequestData | undefined> {
  if (form.length > 0) {
    const { parts, boundary } = buildForm(form, {
      open: (path) => (path === "-" ? streamPart(sources) : filePart(path, false, sources)),
      createBoundary: () => `${"-".repeat(24)}${randomBytes(8).toString("hex")}`,
    });
    return { parts, contentType: `multipart/form-data; boundary=${boundary}`, method: "POST", boundary };
  }
  if (data.length === 0) return undefined;
  const json = data.filter(({ flag }) => flag === "json").length;
  if (json > 0 && json < data.length) {
    throw new UsageError("ERR_CONFLICT", "--json and form data (such as --data) exclude each other", {
      hints: ["put everything into one --json, or use --data-binary with your own content-type"],
    });
  }
  const pieces = await Promise.all(data.map((piece) => readPiece(piece, inQuery, sources)));
  if (json > 0) return { parts: pieces, contentType: "application/json", method: "POST" };
  const parts = pieces.flatMap((part, index) => (index === 0 ? [part] : [textPart("&"), part]));
  return { parts, contentType: "application/x-www-form-urlencoded", method: "POST" };
}

/** Reads the data for the query into memory, and encodes octets beyond ASCII. */
export async function readQueryData({ parts }: RequestData): Promise<string> {
  return encodeForQuery(await readWhole((await createBody(parts)).open()));
}

/** Reads `--url-query`: encoded as in `--data-urlencode`, or unchanged after a leading `+`. */
export async function readUrlQuery(texts: readonly string[], sources: DataSources): Promise<string[]> {
  return Promise.all(
    texts.map(async (text) => (text.startsWith("+") ? text.slice(1) : encodePiece(text, "%20", sources))),
  );
}

function encodeForQuery(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/[\u0000-\u0020\u007f-\u00ff]/g, (octet) => encodeOctets(Buffer.from(octet, "latin1")));
}

async function readPiece({ flag, text }: DataPiece, inQuery: boolean, sources: DataSources): Promise<BodyPart> {
  // Form data encodes a space as a plus. In a query, some services read a plus literally.
  if (flag === "data-urlencode") return textPart(await encodePiece(text, inQuery ? "%20" : "+", sources));
  if (flag === "data-raw" || !text.startsWith("@")) return textPart(text);
  return readSource(text.slice(1), flag === "data" || flag === "data-ascii", sources);
}

function readSource(name: string, withoutLineEnds: boolean, sources: DataSources): BodyPart {
  if (name === "-") return { ...streamPart(sources), withoutLineEnds };
  if (name === "") {
    throw new UsageError("ERR_ARGUMENT", 'a file name is missing after "@"', {
      hints: ["write @FILE, @- for standard input, or use --data-raw for data that begins with @"],
    });
  }
  return filePart(name, withoutLineEnds, sources);
}

function streamPart({ stdin }: DataSources): BodyPart & { kind: "stream" } {
  return { kind: "stream", stream: stdin, withoutLineEnds: false };
}

function filePart(name: string, withoutLineEnds: boolean, { resolvePath }: DataSources): BodyPart {
  return { kind: "file", path: resolvePath(name), name, withoutLineEnds };
}

async function encodePiece(text: string, space: "%20" | "+", sources: DataSources): Promise<string> {
  const encode = (octets: Uint8Array) => encodeOctets(octets).replaceAll("%20", space);
  const at = text.search(/[=@]/);
  if (at === -1) return encode(Buffer.from(text, "utf8"));
  const prefix = at === 0 ? "" : `${text.slice(0, at)}=`;
  const content = text.slice(at + 1);
  const whole =
    text[at] === "="
      ? Buffer.from(content, "utf8")
      : await readWhole((await createBody([readSource(content, false, sources)])).open());
  return prefix + encode(whole);
}
