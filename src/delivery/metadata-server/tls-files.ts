import { createSecureContext } from "node:tls";
import { readSecretFile } from "../../aws/files/read-secret.js";
import { UsageError } from "../../errors.js";
import type { ServerTls } from "./limited-server.js";

/** Where the server's own certificate chain and key stand, as PEM. */
export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** @throws UsageError `ERR_INPUT` when a file cannot be read, is another user's or can be written by one, or the two are no pair. */
export function readTlsFiles({ certPath, keyPath }: TlsFiles): ServerTls {
  const tls = { cert: readPem(certPath, "TLS certificate"), key: readPem(keyPath, "TLS private key") };
  try {
    createSecureContext(tls);
  } catch (error) {
    // The cause could quote the key; its code says enough.
    const code = (error as NodeJS.ErrnoException).code ?? "unknown fault";
    throw new UsageError("ERR_INPUT", `${certPath} and ${keyPath} cannot serve TLS: ${code}`, {
      hints: ["expected a PEM certificate with its chain, and its unencrypted PEM private key"],
    });
  }
  return tls;
}

/**
 * Reads the files again from time to time and tells of a new pair; while half of it is written the old one stays.
 *
 * @param intervalMs Milliseconds, default 30 000.
 * @returns Ends it.
 */
export function followTlsFiles(
  files: TlsFiles,
  first: ServerTls,
  onChanged: (tls: ServerTls) => void,
  intervalMs = 30_000,
): () => void {
  let current = first;
  const timer = setInterval(() => {
    try {
      const next = readTlsFiles(files);
      if (next.cert === current.cert && next.key === current.key) return;
      current = next;
      onChanged(next);
    } catch {
      // A pair under replacement, or gone: what is loaded goes on serving.
    }
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function readPem(path: string, noun: string): string {
  try {
    return readSecretFile(path, { noun, readableByOthers: true }).toString("utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError("ERR_INPUT", `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, {
      hints: ["check the path and the mode of the file"],
    });
  }
}
