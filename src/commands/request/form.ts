import { basename } from "node:path";
import { UsageError } from "../../errors.js";
import { textPart } from "../../request/body.js";
import type { BodyPart } from "../../request/body.js";

/** One `--form`, parsed as in curl. */
export interface FormField {
  readonly name: string;
  /** One part, or several files with the same name. */
  readonly contents: readonly FormContent[];
}

export interface FormContent {
  /** `text` is the value itself. `file` is sent as an upload, `fileText` as the file's text. */
  readonly kind: "text" | "file" | "fileText";
  /** The text, or the path. */
  readonly value: string;
  readonly type: string | undefined;
  readonly filename: string | undefined;
  readonly headers: readonly string[];
}

/**
 * Reads `NAME=TEXT`, `NAME=@FILE[,FILE]` and `NAME=<FILE`, each with `;type=`, `;filename=` and `;headers=`. A value in
 * double quotes may hold `;` and `,`.
 *
 * @param literal Whether `@`, `<`, `;` and quotes are plain characters, as in `--form-string`.
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseFormField(text: string, literal: boolean): FormField {
  const at = text.indexOf("=");
  if (at < 1) throw invalid("expects NAME=VALUE", 'write --form "name=value", or --form "file=@PATH"');
  const name = text.slice(0, at);
  const rest = text.slice(at + 1);
  if (literal)
    return { name, contents: [{ kind: "text", value: rest, type: undefined, filename: undefined, headers: [] }] };
  if (rest.startsWith("(") || text.startsWith("=)"))
    throw invalid("takes no nested parts", "send the parts in a body of your own with --data-binary");
  const reader = new FieldReader(rest);
  if (rest.startsWith("@")) return { name, contents: reader.files() };
  return { name, contents: [rest.startsWith("<") ? reader.content("fileText", 1) : reader.content("text", 0)] };
}

/** Parses one value as curl does, without blanks around unquoted words. */
class FieldReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  files(): readonly FormContent[] {
    const contents = [this.content("file", 1, ",")];
    while (this.text[this.at] === ",") contents.push(this.content("file", 1, ","));
    return contents;
  }

  /** @param skipped Number of characters before the value. */
  content(kind: FormContent["kind"], skipped: 0 | 1, end = ""): FormContent {
    this.at += skipped;
    const value = this.word(end);
    let type: string | undefined;
    let filename: string | undefined;
    const headers: string[] = [];
    while (this.text[this.at] === ";") {
      const semicolon = this.at++;
      this.blanks();
      if (type === undefined && this.takes("type=")) type = this.plain(end);
      else if (this.takes("filename=")) filename = this.word(end);
      else if (this.takes("headers=")) headers.push(this.header(end));
      else if (type !== undefined) type += this.text.slice(semicolon, this.at) + this.plain(end);
      else if (this.plain(end) !== "")
        throw invalid(
          "expects type=, filename= or headers= after a semicolon",
          'put a value with ";" into double quotes',
        );
    }
    if (type !== undefined && !/^[^/\s]+\/\S/.test(type))
      throw invalid("has a type that is not a media type", "write type=text/plain, for example");
    return { kind, value, type, filename, headers };
  }

  private takes(key: string): boolean {
    if (!this.text.startsWith(key, this.at)) return false;
    this.at += key.length;
    return true;
  }

  private header(end: string): string {
    if (/[@<]/.test(this.text[this.at] ?? ""))
      throw invalid("takes no file of headers", 'write headers="Name: value" once for each');
    return this.word(end);
  }

  private blanks(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  private plain(end: string): string {
    const start = this.at;
    while (this.at < this.text.length && this.text[this.at] !== ";" && this.text[this.at] !== (end || undefined))
      this.at++;
    return this.text.slice(start, this.at).trim();
  }

  private word(end: string): string {
    this.blanks();
    const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(this.text.slice(this.at));
    if (quoted === null) return this.plain(end);
    this.at += quoted[0].length;
    this.plain(end);
    return (quoted[1] ?? "").replaceAll(/\\([\\"])/g, "$1");
  }
}

export interface FormContext {
  readonly open: (path: string) => BodyPart;
  /** Different for each request and part. */
  readonly createBoundary: () => string;
}

/** Encodes the fields as `multipart/form-data` (RFC 7578), as curl does. */
export function buildForm(fields: readonly FormField[], context: FormContext) {
  const boundary = context.createBoundary();
  const parts = fields.flatMap((field): BodyPart[] => {
    const disposition = `form-data; name="${escapeName(field.name)}"`;
    const [first] = field.contents;
    if (field.contents.length === 1 && first !== undefined)
      return [textPart(`--${boundary}\r\n`), ...onePart(first, disposition, context), textPart("\r\n")];
    const inner = context.createBoundary();
    return [
      textPart(
        `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: multipart/mixed; boundary=${inner}\r\n\r\n`,
      ),
      ...field.contents.flatMap((each) => [
        textPart(`--${inner}\r\n`),
        ...onePart(each, "attachment", context),
        textPart("\r\n"),
      ]),
      textPart(`--${inner}--\r\n\r\n`),
    ];
  });
  return { parts: [...parts, textPart(`--${boundary}--\r\n`)], boundary };
}

function onePart(content: FormContent, disposition: string, { open }: FormContext): BodyPart[] {
  const { kind, value, headers } = content;
  const filename = content.filename ?? (kind === "file" ? basename(value) : undefined);
  const guessed =
    typeOf(filename ?? "") ?? (kind === "file" && value !== "-" ? (typeOf(value) ?? unknownType) : undefined);
  const type = content.type ?? guessed;
  const lines = [
    `Content-Disposition: ${disposition}${filename === undefined ? "" : `; filename="${escapeName(filename)}"`}`,
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ...headers,
  ];
  const body = kind === "text" ? textPart(value) : open(value);
  return [textPart(`${lines.join("\r\n")}\r\n\r\n`), body];
}

const types: Readonly<Record<string, string>> = {
  ".gif": "image/gif",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".htm": "text/html",
  ".html": "text/html",
  ".pdf": "application/pdf",
  ".xml": "application/xml",
};

const unknownType = "application/octet-stream";

function typeOf(filename: string): string | undefined {
  const lower = filename.toLowerCase();
  return Object.entries(types).find(([end]) => lower.endsWith(end))?.[1];
}

/** Escapes a quoted name as browsers and curl do. */
function escapeName(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function invalid(what: string, hint: string): UsageError {
  return new UsageError("ERR_ARGUMENT", `--form ${what} (the value is not shown)`, { hints: [hint] });
}
