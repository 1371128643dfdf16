import { UsageError } from "../../errors.js";
import { createDialer } from "../../request/dial.js";
import type { Dialer } from "../../request/dial.js";
import { isToken } from "../../request/header-option.js";
import { parseRequestUrl } from "../../request/target.js";
import type { RequestTarget } from "../../request/target.js";
import { encodeText } from "../../signing/encoding.js";
import type { PathSigning } from "../../signing/canonical-request.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { valueOf } from "../line/defaults.js";
import { pickFlags } from "../line/pick-flags.js";
import { requestOptions } from "../options/request.js";
import { credentialSourceOptions } from "../sources/credential-source.js";
import { toHeaders } from "./headers.js";
import type { HeaderSource } from "./headers.js";
import { parseFormField } from "./form.js";
import type { FormField } from "./form.js";
import { parseWriteOut } from "./write-out.js";
import type { WriteOutFormat } from "./write-out.js";

type Options = OptionValues<typeof requestOptions>;

export const dataFlags = ["data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json"] as const;

/** One data flag, in the order of the command line. */
export interface DataPiece {
  readonly flag: (typeof dataFlags)[number];
  readonly text: string;
}

export interface RequestInput {
  /** Undefined: the body implies the method. */
  readonly method: string | undefined;
  readonly target: RequestTarget;
  readonly headers: readonly HeaderSource[];
  readonly content: ContentInput;
  readonly compressed: boolean;
  readonly head: boolean;
  readonly credentials: OptionValues<typeof credentialSourceOptions>;
  readonly signing: SigningInput;
  readonly presignSeconds: number | undefined;
  readonly connection: ConnectionInput;
  readonly transfer: TransferInput;
  readonly output: OutputInput;
}

export interface ContentInput {
  readonly data: readonly DataPiece[];
  readonly form: readonly FormField[];
  /** A path, or `-` for standard input. */
  readonly uploadFile: string | undefined;
  /** Whether the data is sent in the query. */
  readonly inQuery: boolean;
  readonly urlQuery: readonly string[];
}

export interface SigningInput {
  readonly service: string | undefined;
  readonly region: string | undefined;
  readonly regionSet: string | undefined;
  readonly pathSigning: PathSigning | undefined;
  readonly unsignedPayload: boolean;
}

export interface ConnectionInput {
  readonly insecure: boolean;
  readonly cacert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly pass: string | undefined;
  readonly proxy: string | undefined;
  readonly dial: Dialer;
  readonly connectTimeoutMs: number;
}

export interface TransferInput {
  readonly followRedirects: boolean;
  readonly maxRedirects: number;
  readonly retries: number;
  readonly retryDelayMs: number | undefined;
  readonly retryMaxTimeMs: number | undefined;
  readonly retryAllErrors: boolean;
  readonly maxTimeMs: number | undefined;
}

export interface OutputInput {
  /** Undefined for standard output. */
  readonly file: string | undefined;
  readonly createDirs: boolean;
  readonly dumpHeader: string | undefined;
  readonly include: boolean;
  readonly silent: boolean;
  readonly verbose: boolean;
  readonly fail: "never" | "without body" | "with body";
  readonly writeOut: WriteOutFormat | { readonly file: string } | undefined;
}

/** @throws UsageError */
export function toRequestInput(args: Arguments<typeof requestOptions>): RequestInput {
  const { options, positionals, given } = args;
  const { method, url } = splitWords(positionals, options.request);
  const target = parseRequestUrl(url);
  refuseSecondBody(options);
  return {
    method,
    target: nameUpload(target, options["upload-file"]),
    headers: toHeaders(options),
    content: {
      data: given.flatMap(({ name, value }) => {
        const flag = dataFlags.find((each) => each === name);
        return flag === undefined ? [] : [{ flag, text: String(value) }];
      }),
      form: given.flatMap(({ name, value }) =>
        name === "form" || name === "form-string" ? [parseFormField(String(value), name === "form-string")] : [],
      ),
      uploadFile: options["upload-file"],
      inQuery: options.get === true,
      urlQuery: options["url-query"] ?? [],
    },
    compressed: options.compressed === true,
    head: options.head === true,
    credentials: credentialFlags(options),
    signing: {
      service: options.service,
      region: options.region,
      regionSet: options["region-set"],
      pathSigning: options["path-signing"],
      unsignedPayload: options["unsigned-payload"] === true,
    },
    presignSeconds: options.presign,
    connection: toConnection(options),
    transfer: toTransfer(options),
    output: toOutput(options, target),
  };
}

/** The signing region may differ from the region that issues the session. */
function credentialFlags({ region: _signing, ...options }: Options): RequestInput["credentials"] {
  return pickFlags(options, credentialSourceOptions);
}

function toConnection(options: Options): ConnectionInput {
  return {
    insecure: options.insecure === true || options["no-verify-ssl"] === true,
    cacert: options.cacert === "" ? undefined : options.cacert,
    cert: options.cert,
    key: options.key,
    pass: options.pass,
    proxy: options.proxy,
    dial: createDialer({
      resolve: options.resolve ?? [],
      connectTo: options["connect-to"] ?? [],
      unixSocket: options["unix-socket"],
    }),
    connectTimeoutMs: connectTimeoutMs(options),
  };
}

/** As in curl, 0 means the default. */
function connectTimeoutMs(options: Options): number {
  const given = parseSeconds("--connect-timeout", valueOf(options, requestOptions, "connect-timeout"));
  return given ?? Number(requestOptions["connect-timeout"].default) * 1000;
}

function toTransfer(options: Options): TransferInput {
  const seconds = (flag: "max-time" | "retry-delay" | "retry-max-time") => {
    const text = options[flag];
    return text === undefined ? undefined : parseSeconds(`--${flag}`, text);
  };
  const maxRedirects = valueOf(options, requestOptions, "max-redirs");
  return {
    followRedirects: options.location === true,
    maxRedirects: maxRedirects === -1 ? Number.POSITIVE_INFINITY : countOf("--max-redirs", maxRedirects),
    retries: countOf("--retry", valueOf(options, requestOptions, "retry")),
    retryDelayMs: seconds("retry-delay"),
    retryMaxTimeMs: seconds("retry-max-time"),
    retryAllErrors: options["retry-all-errors"] === true,
    maxTimeMs: seconds("max-time"),
  };
}

function toOutput(options: Options, target: RequestTarget): OutputInput {
  const format = options["write-out"];
  return {
    file: options["remote-name"] === true ? remoteName(target) : options.output === "-" ? undefined : options.output,
    createDirs: options["create-dirs"] === true,
    dumpHeader: options["dump-header"],
    include: options.include === true || options.head === true,
    silent: options.silent === true,
    verbose: options.verbose === true,
    fail: options.fail === true ? "without body" : options["fail-with-body"] === true ? "with body" : "never",
    writeOut:
      format === undefined ? undefined : format.startsWith("@") ? { file: format.slice(1) } : parseWriteOut(format),
  };
}

/** Returns the last segment of the path, as written in the URL. */
function remoteName({ target }: RequestTarget): string {
  const [path = ""] = target.split("?", 1);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name !== "" && name !== "." && name !== "..") return name;
  throw new UsageError("ERR_ARGUMENT", "--remote-name finds no file name at the end of the URL", {
    hints: ["name the file with --output"],
  });
}

/** Appends the uploaded file's name to a URL that ends in a folder, as curl does. */
function nameUpload(target: RequestTarget, file: string | undefined): RequestTarget {
  const [path = "", ...query] = target.target.split("?");
  if (file === undefined || file === "-" || file === "." || !path.endsWith("/")) return target;
  const name = encodeText(file.slice(file.lastIndexOf("/") + 1));
  return { ...target, target: [path + name, ...query].join("?") };
}

function refuseSecondBody(options: Options): void {
  const bodies = [
    ["--data", dataFlags.some((name) => options[name] !== undefined)],
    ["--form", options.form !== undefined || options["form-string"] !== undefined],
    ["--upload-file", options["upload-file"] !== undefined],
  ] as const;
  const given = bodies.filter(([, isGiven]) => isGiven).map(([name]) => name);
  if (given.length > 1) {
    throw new UsageError("ERR_CONFLICT", `${given.join(" and ")} each give a body, and a request has one`, {
      hints: ["give one of them; --url-query adds to the query beside any body"],
    });
  }
  const [body] = given;
  if (body === undefined || options.head !== true || (body === "--data" && options.get === true)) return;
  throw new UsageError("ERR_CONFLICT", `--head asks for HEAD, and ${body} gives a body`, {
    hints: ["with --get the data goes into the query; -X HEAD sends a body with HEAD"],
  });
}

function splitWords(words: readonly string[], flag: string | undefined) {
  const [first = "", second] = words;
  const method = second === undefined ? flag : first;
  if (second !== undefined && flag !== undefined && flag !== first) {
    throw new UsageError("ERR_CONFLICT", `the method was given twice: ${first} and --request ${flag}`, {
      hints: ["give it once"],
    });
  }
  if (method !== undefined && !isToken(method)) {
    throw new UsageError("ERR_ARGUMENT", `expected a method such as GET or POST, found "${method}"`, {
      hints: ["the method comes before the URL"],
    });
  }
  // fetch and servers expect methods in upper case, and the signature must match.
  return { method: method?.toUpperCase(), url: second ?? first };
}

/** @returns undefined for 0, which means no limit */
function parseSeconds(flag: string, text: string): number | undefined {
  const seconds = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 0) || seconds > 2_000_000) {
    throw new UsageError("ERR_ARGUMENT", `invalid argument "${text}" for ${flag}: expected seconds, 0 or more`, {
      hints: [`write ${flag} 2.5, for example`],
    });
  }
  return seconds === 0 ? undefined : Math.ceil(seconds * 1000);
}

function countOf(flag: string, count: number): number {
  if (count >= 0) return count;
  throw new UsageError("ERR_ARGUMENT", `invalid argument "${count}" for ${flag}: expected 0 or more`, {
    hints: [`write ${flag} 3, for example`],
  });
}
