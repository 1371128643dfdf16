import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export interface Seed {
  /** Where it comes from: a writer's sample, or what the fuzz run found with it. */
  readonly note: string;
  readonly bytes: Buffer;
}

const folder = fileURLToPath(new URL("seeds", import.meta.url));

/** The kept seeds of a target: `seeds/TARGET.json`, an array of notes with text or base64. */
export function readSeeds(target: string): readonly Seed[] {
  const entries = JSON.parse(readFileSync(join(folder, `${target}.json`), "utf8")) as readonly {
    note: string;
    text?: string;
    base64?: string;
  }[];
  return entries.map(({ note, text, base64 }) => ({
    note,
    bytes: text === undefined ? Buffer.from(base64 ?? "", "base64") : Buffer.from(text, "utf8"),
  }));
}

export function seededTargets(): readonly string[] {
  return readdirSync(folder).map((name) => name.replace(/\.json$/, ""));
}
