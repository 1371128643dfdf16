import { createPrivateKey } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";

/** Key, the parts of it that must appear nowhere, and the forms in which people pass one as a value. */
export interface PlantedKey {
  readonly pem: string;
  readonly secrets: readonly string[];
  readonly disguises: Readonly<Record<string, string>>;
}

/** @param pem An unencrypted private key. */
export function plantKey(pem: string): PlantedKey {
  const key = createPrivateKey(pem);
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const base64 = Buffer.from(pem).toString("base64");
  const lines = pem.trim().split("\n").slice(1, -1);
  return {
    pem,
    // The last line holds the public point, which the certificate also contains.
    secrets: [
      ...lines.slice(0, -1).map((line) => line.slice(0, 40)),
      base64.slice(60, 120),
      pkcs8.toString("hex").slice(40, 120),
      pkcs8.subarray(36, 68).toString("hex"),
      pkcs8.subarray(36, 68).toString("base64").slice(0, 40),
    ],
    disguises: {
      "PEM text": pem,
      "escaped PEM text": pem.replaceAll("\n", "\\n"),
      "PEM text on one line": pem.replaceAll("\n", " "),
      "base64 of PEM text": base64,
      "bare base64": lines.join(""),
    },
  };
}

/** Counts the places that were searched for secrets, and lists those that contained one. */
export class SecretSearch {
  readonly #secrets: readonly string[];
  readonly leaks: string[] = [];
  places = 0;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  }

  text(text: string, where: string, more: readonly string[] = []): void {
    this.places++;
    const flat = text.replaceAll(/\s+/g, "");
    const found = [...this.#secrets, ...more].find((secret) => text.includes(secret) || flat.includes(secret));
    if (found !== undefined) this.leaks.push(`${where}: …${found.slice(0, 12)}…`);
  }

  /** Searches names and contents of every file below a folder. */
  files(folder: string, where: string, more: readonly string[] = []): void {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      this.text(path, `${where}: name of a file`, more);
      if (entry.isFile()) this.text(readFileSync(path, "latin1"), `${where}: ${path}`, more);
    }
  }

  /** Searches everything that a caller's log could show of an error. */
  error(error: unknown, where: string): void {
    for (let link = error, depth = 0; link !== undefined && depth < 8; depth++) {
      this.text(JSON.stringify(link) ?? "", `${where}: JSON`);
      this.text(inspect(link, { depth: 12, showHidden: true, maxStringLength: null }), `${where}: inspect`);
      if (!(link instanceof Error)) return;
      this.text(`${link.message} ${String(link)}`, `${where}: message`);
      this.text(link.stack ?? "", `${where}: stack`);
      link = link.cause;
    }
  }
}
