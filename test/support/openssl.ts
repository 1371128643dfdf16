import { execFileSync } from "node:child_process";

/** Runs OpenSSL's command line quietly in a folder and returns its stdout. */
export function openssl(folder: string, ...words: readonly string[]): Buffer {
  return execFileSync("openssl", words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}

/** Writes `NAME.key` (PKCS#8) and a self-signed `NAME.crt` into the folder; `kind` is `rsa:2048` or a curve. */
export function createSelfSigned(folder: string, name: string, kind = "prime256v1"): void {
  const newKey = kind.startsWith("rsa:")
    ? ["-newkey", kind]
    : ["-newkey", "ec", "-pkeyopt", `ec_paramgen_curve:${kind}`];
  openssl(
    folder,
    "req",
    "-x509",
    ...newKey,
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-out",
    `${name}.crt`,
    "-days",
    "30",
    "-subj",
    `/CN=${name}`,
  );
}
