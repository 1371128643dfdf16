import { X509Certificate } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { readNamedFile } from "../files/read-named-file.js";
import { systemCode, UsageError } from "../../errors.js";
import { readSystemRoots } from "./system-roots.js";

const systemFolders = ["/etc/ssl/certs", "/etc/pki/tls/certs"] as const;

/**
 * Reads the roots as Go and OpenSSL do if `SSL_CERT_FILE` or `SSL_CERT_DIR` is set: a file, by default the system's
 * bundle, and the files in folders, by default the system's. Unreadable ones are skipped.
 *
 * @throws UsageError `ERR_SETTING` when no root is found
 */
export function readEnvironmentRoots(
  variables: Readonly<Record<string, string | undefined>>,
  debug: (line: string) => void,
): readonly string[] {
  const file = variables["SSL_CERT_FILE"] || undefined;
  const folders = variables["SSL_CERT_DIR"]?.split(delimiter).filter((folder) => folder !== "") ?? [];
  const faults: string[] = [];
  const note = (path: string, error: unknown) => {
    const code = systemCode(error);
    faults.push(`${path}: ${code}`);
    debug(`tls: ${path} has no roots: ${code}`);
  };
  const texts = file === undefined ? (readSystemRoots() ?? []) : readFile(file, note);
  const inFolders = (folders.length === 0 ? systemFolders : folders).flatMap((folder) =>
    readFolder(folder, folders.length === 0 ? () => undefined : note),
  );
  const roots = [...new Set([...texts, ...inFolders].flatMap(certificatesIn))];
  if (roots.length > 0) return roots;
  const names = ["SSL_CERT_FILE", "SSL_CERT_DIR"].filter((name) => (variables[name] ?? "") !== "").join(" and ");
  const reason = faults.length === 0 ? "no certificate in them" : faults.join(", ");
  throw new UsageError("ERR_SETTING", `${names} give no root certificate: ${reason}`, {
    hints: ["point them at PEM files of root certificates, or unset them"],
  });
}

type Note = (path: string, error: unknown) => void;

function readFile(path: string, note: Note): string[] {
  try {
    return [readNamedFile(path).toString("latin1")];
  } catch (error) {
    note(path, error);
    return [];
  }
}

function readFolder(folder: string, note: Note): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    // Links named by hash lead to files in the same folder.
    const own = entries.filter(
      (entry) => !entry.isSymbolicLink() || readlinkSync(join(folder, entry.name)).includes("/"),
    );
    return own
      .filter((entry) => !entry.isDirectory())
      .flatMap(({ name }) => readFile(join(folder, name), () => undefined));
  } catch (error) {
    note(folder, error);
    return [];
  }
}

/** Skips an unreadable certificate, which would make all that follow unreadable. */
function certificatesIn(text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.filter((block) => {
    try {
      return new X509Certificate(block).serialNumber !== "";
    } catch {
      return false;
    }
  });
}
