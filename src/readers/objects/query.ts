import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { daysBetween, parseDay } from "./key-template.js";
import type { Day } from "./key-template.js";

/** The default prefix of the objects of a day. */
export const defaultKeyTemplate = "{folder}/{date}/";

export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
  /** A version of the object; the current one if absent. */
  readonly versionId?: string | undefined;
}

/** Where to look: keys as given, globs on keys, or prefixes built from a template and days. */
export type ObjectQuery =
  | { readonly kind: "keys"; readonly locations: readonly ObjectLocation[] }
  | { readonly kind: "globs"; readonly locations: readonly ObjectLocation[]; readonly pick: string | undefined }
  | {
      readonly kind: "prefix";
      readonly bucket: string;
      readonly template: string;
      readonly folder: string | undefined;
      /** In this order; empty if the template does not contain a day. */
      readonly days: readonly Day[];
      readonly pick: string | undefined;
      readonly skipMissing: boolean;
    };

/**
 * What `readArchive` and `read-s3` read: objects by URL; or a bucket with a key; or a bucket with a folder and days.
 * Each option but `urls` is the flag of `read-s3` of the same name.
 */
export interface ArchivePlace {
  /**
   * `s3://BUCKET/KEY`, one or several, or one prefix that ends in a slash. `*`, `?` and `[…]` in the key make it a glob:
   * `s3://acme/reports/2024-01-*\/`. `?versionId=ID` behind the key reads that version.
   */
  readonly urls?: string | readonly string[] | undefined;
  readonly bucket?: string | undefined;
  /** Key of one object. */
  readonly key?: string | undefined;
  /** Version of that object. */
  readonly versionId?: string | undefined;
  /** Value of `{folder}` in the key template. */
  readonly folder?: string | undefined;
  /** The day to read, `YYYY-MM-DD`. */
  readonly date?: string | undefined;
  /** First of several days, `YYYY-MM-DD`; with `to`. */
  readonly from?: string | undefined;
  /** Last of several days, inclusive. */
  readonly to?: string | undefined;
  /**
   * Prefix of the keys, with the fields `{folder}`, `{date}`, `{yyyy}`, `{yy}`, `{mm}`, `{dd}`, `{doy}` and
   * `{date:%Y%m%d}`; default `{folder}/{date}/`, and `{folder}/` without a day.
   */
  readonly keyTemplate?: string | undefined;
  /** Which of several objects under a prefix to read: `newest`, `first`, `all`, or a glob on their names. */
  readonly pick?: string | undefined;
  /** Skips days without an object instead of failing; default false. */
  readonly skipMissing?: boolean | undefined;
}

/** @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` */
export function parseObjectQuery(options: ArchivePlace): ObjectQuery {
  const { urls = [], bucket, key, versionId, folder, keyTemplate } = options;
  if (versionId !== undefined && key === undefined) {
    throw new UsageError("ERR_CONFLICT", message`${setting("version-id")} was given without ${setting("key")}`, {
      hints: ["in a URL, write s3://BUCKET/KEY?versionId=ID"],
    });
  }
  if (urls.length > 0) return parseUrls(typeof urls === "string" ? [urls] : urls, options);
  if (bucket === undefined) {
    throw new UsageError("ERR_ARGUMENT", "nothing to read", {
      hints: [
        message`give an s3:// URL, or ${setting("bucket")} with ${setting("key")}, or ${setting("bucket")} with ${setting("folder")} and ${setting("date")}`,
      ],
    });
  }
  if (key !== undefined) return { kind: "keys", locations: [{ bucket, key, versionId }] };
  const days = parseDays(options);
  if (keyTemplate === undefined && folder === undefined) {
    throw new UsageError(
      "ERR_ARGUMENT",
      message`${setting("bucket")} was given without ${setting("folder")}, ${setting("key")} or ${setting("key-template")}`,
      {
        hints: ["the keys are taken to begin with FOLDER/DATE/"],
      },
    );
  }
  return {
    kind: "prefix",
    bucket,
    template: keyTemplate ?? (days.length === 0 ? "{folder}/" : defaultKeyTemplate),
    folder,
    days,
    pick: options.pick,
    skipMissing: options.skipMissing === true,
  };
}

function parseDays({ date, from, to }: ArchivePlace): readonly Day[] {
  if ((from === undefined) !== (to === undefined)) {
    throw new UsageError("ERR_ARGUMENT", message`${setting(from === undefined ? "to" : "from")} was given alone`, {
      hints: [message`give both ${setting("from")} and ${setting("to")}, or ${setting("date")} for one day`],
    });
  }
  if (date !== undefined) return [parseDay(date, setting("date"))];
  return from !== undefined && to !== undefined
    ? daysBetween(parseDay(from, setting("from")), parseDay(to, setting("to")))
    : [];
}

/** @throws UsageError `ERR_ARGUMENT` for a text other than `s3://BUCKET/KEY` or `s3://BUCKET/KEY?versionId=ID`. */
export function parseObjectUrl(text: string): ObjectLocation {
  const [, bucket, key, versionId] = /^s3:\/\/([^/]+)\/?(.*?)(?:\?versionId=([\w.~+/=-]+))?$/s.exec(text) ?? [];
  if (bucket === undefined) {
    throw new UsageError("ERR_ARGUMENT", `expected s3://BUCKET/KEY, found "${text}"`, {
      hints: [message`a key without its bucket goes with ${setting("bucket")} and ${setting("key")}`],
    });
  }
  return { bucket, key: key ?? "", ...(versionId === undefined ? {} : { versionId }) };
}

/** Tells whether a key of a URL is a glob. A key that contains these characters is given by `--key`. */
export function isGlob(key: string): boolean {
  return /[*?[]/.test(key);
}

function parseUrls(urls: readonly string[], { bucket, key, folder, pick }: ArchivePlace): ObjectQuery {
  if (bucket !== undefined || key !== undefined || folder !== undefined) {
    throw new UsageError(
      "ERR_CONFLICT",
      message`${urls[0] ?? ""} already says what to read, and ${setting("bucket")}, ${setting("key")} or ${setting("folder")} too`,
      {
        hints: ["give one or the other"],
      },
    );
  }
  const locations = urls.map(parseObjectUrl);
  if (locations.some(({ key: each }) => isGlob(each))) return { kind: "globs", locations, pick };
  const [first] = locations;
  const isPrefix = (location: { readonly key: string }) => location.key === "" || location.key.endsWith("/");
  if (!locations.some(isPrefix)) return { kind: "keys", locations };
  if (locations.length > 1 || first === undefined) {
    throw new UsageError("ERR_ARGUMENT", "several places were given and one of them is a prefix", {
      hints: [message`name objects, or one prefix with ${setting("pick")}`],
    });
  }
  const template = first.key.replace(/[{}]/g, "$&$&");
  return { kind: "prefix", bucket: first.bucket, template, folder: undefined, days: [], pick, skipMissing: false };
}
