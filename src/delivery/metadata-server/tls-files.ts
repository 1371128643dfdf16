import { createSecureContext } from "node:tls";
import { readSecretFile } from "../../aws/files/read-secret.js";
import { systemCode, UsageError } from "../../errors.js";
import type { ServerTls } from "./limited-server.js";

/** PEM files with the server's certificate chain and key. */
export interface TlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

/** @throws UsageError `ERR_INPUT` if a file is unreadable, owned or writable by another user, or the two do not match. */
export function readTlsFiles({ certPath, keyPath }: TlsFiles): ServerTls {
  const tls = { cert: readPem(certPath, "TLS certificate"), key: readPem(keyPath, "TLS private key") };
  try {
    createSecureContext(tls);
  } catch (error) {
    // The cause might contain the key; its code is enough.
    throw new UsageError("ERR_INPUT", `${certPath} and ${keyPath} cannot serve TLS: ${systemCode(error)}`, {
      hints: ["expected a PEM certificate with its chain, and its unencrypted PEM private key"],
    });
  }
  return tls;
}

/**
 * Rereads the files regularly and reports a new pair. While only one of them is replaced, the old pair stays in use.
 *
 * @param intervalMs Milliseconds, default 30 000.
 * @returns A function that stops it.
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
      // The pair is being replaced, or missing: keep serving the loaded one.
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
    throw new UsageError("ERR_INPUT", `cannot read ${noun} ${path}: ${systemCode(error)}`, {
      hints: ["check the path and the mode of the file"],
    });
  }
}
