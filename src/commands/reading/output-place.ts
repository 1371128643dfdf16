import { UsageError } from "../../errors.js";
import { parseObjectUrl } from "../../readers/objects/query.js";
import type { Shard } from "../../readers/shard.js";
import type { Invocation } from "../invocation.js";
import { outputFile, resolvePath } from "./options.js";

/** Where `--output` leads. */
export type OutputPlace =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "object"; readonly bucket: string; readonly key: string };

/** Tells whether a path is one on S3. A local file of such a name is given as `./s3:/…`. */
export const isOnS3 = (path: string): boolean => /^s3:\/\//i.test(path);

/** Replaces `{shard}` in a path with the shard's index, with as many digits as the last index. */
export function fillShard(path: string, { index, count }: Shard): string {
  return path.replaceAll("{shard}", String(index).padStart(String(count - 1).length, "0"));
}

/**
 * Parses the value of `--output`.
 *
 * @returns undefined for standard output, also if given as `-`.
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseOutput(output: string | undefined, shard: Shard, invocation: Invocation): OutputPlace | undefined {
  const named = outputFile(output === undefined ? undefined : fillShard(output, shard));
  if (named === undefined) return undefined;
  if (!isOnS3(named)) return { kind: "file", path: resolvePath(named, invocation) };
  const { bucket, key, versionId } = parseObjectUrl(named.replace(/^s3/i, "s3"));
  if (versionId !== undefined) {
    throw new UsageError("ERR_ARGUMENT", `--output names a version: "${named}"`, {
      hints: ["S3 names the versions that it writes; write s3://BUCKET/KEY"],
    });
  }
  if (key === "" || key.endsWith("/")) {
    throw new UsageError("ERR_ARGUMENT", `--output names no object: "${named}"`, {
      hints: [`name the object too, such as ${named.replace(/\/?$/, "/")}rows.parquet`],
    });
  }
  return { kind: "object", bucket, key };
}

/** Refuses S3 for what is written as several files, or changed in place. @throws UsageError `ERR_ARGUMENT` */
export function requireLocal(flag: "extract" | "output-dir" | "checkpoint", path: string): string {
  if (!isOnS3(path)) return path;
  if (flag === "checkpoint") {
    throw new UsageError("ERR_ARGUMENT", `--checkpoint names a file of this machine, found "${path}"`, {
      hints: ["give a local file; the output may be on S3 all the same"],
    });
  }
  throw new UsageError("ERR_ARGUMENT", `--${flag} writes into a folder of this machine, found "${path}"`, {
    hints: ["give a local folder, and upload it with: aws s3 cp --recursive"],
  });
}
