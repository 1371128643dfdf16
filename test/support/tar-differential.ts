import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { RolesAnywhereError } from "../../src/errors.js";
import { createSpanReader } from "../../src/readers/archive/spans.js";
import { openInMemory } from "./archive-in-memory.js";
import { createScratch } from "./scratch.js";

interface Case {
  readonly file: string;
  /** Whether the archive is as its writer left it. */
  readonly whole: boolean;
  /** Name and digest of each file, or the refusal. */
  readonly python: readonly (readonly [string, string])[] | string;
  readonly gnu: { readonly status: number; readonly digest: string; readonly words: string } | null;
}

interface Reading {
  readonly members: readonly (readonly [string, string])[];
  /** Digest of all members one after the other. */
  readonly digest: string;
  readonly notes: readonly string[];
}

export interface TarReport {
  readonly tried: number;
  readonly refused: number;
  readonly equal: number;
  /** Read to something else than Python or GNU tar read, or refused although nothing is wrong with it. */
  readonly wrong: readonly string[];
}

const writer = fileURLToPath(new URL("tar-differential.py", import.meta.url));

/** Reads random archives, some of them damaged, and compares with Python's tarfile and GNU tar. */
export async function compareTarReaders(count: number, seed: number): Promise<TarReport> {
  const folder = createScratch("tar-differential");
  const python = spawn("python3", [writer, folder, String(count), String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const wrong: string[] = [];
  let [tried, refused, equal] = [0, 0, 0];
  for await (const line of createInterface(python.stdout)) {
    const each = JSON.parse(line) as Case;
    tried++;
    const ours = await readTar(readFileSync(each.file));
    if (typeof ours === "string") refused++;
    const verdict = judge(each, ours);
    if (verdict === undefined) equal += typeof ours === "string" ? 0 : 1;
    else
      wrong.push(
        `${each.file} of seed ${seed}: ${verdict}; python ${JSON.stringify(each.python)}, gnu ${JSON.stringify(each.gnu)}, ours ${JSON.stringify(ours)}`,
      );
  }
  return { tried, refused, equal, wrong };
}

function judge({ whole, python, gnu }: Case, ours: Reading | string): string | undefined {
  if (typeof ours === "string") {
    if (!ours.startsWith("ERR_INPUT")) return "not an error for users";
    const isEmpty = typeof python !== "string" && python.length === 0;
    return whole && !isEmpty ? "refused although it is whole" : undefined;
  }
  // Python takes a file of the old type for a folder when its name ends in a slash before the long name is applied.
  const gnuAgrees = gnu !== null && gnu.status === 0 && gnu.digest === ours.digest;
  if (JSON.stringify(python) !== JSON.stringify(ours.members))
    return gnuAgrees ? undefined : "Python reads something else";
  // Where GNU tar refuses more than Python, such as a user number, the data is the same.
  const isComparable = gnu?.status === 0 && !gnu.words.includes("Unknown file type");
  return gnuAgrees || !isComparable || ours.notes.includes("sparse file") ? undefined : "GNU tar reads something else";
}

async function readTar(bytes: Buffer): Promise<Reading | string> {
  try {
    const archive = await openInMemory(bytes, { key: "k.tar", wanted: () => true });
    const spans = createSpanReader(archive.spans, { read: async (_, start, end) => bytes.subarray(start, end) });
    const told = { notes: [] as string[] };
    const members: [string, string][] = [];
    const all = createHash("sha256");
    for await (const member of archive.walk(spans, told)) {
      if (member.special !== undefined) told.notes.push(member.special.kind);
      else {
        const hash = createHash("sha256");
        for await (const piece of member.read(spans)) {
          hash.update(piece);
          // GNU tar takes a file with such a name for a folder; the selection of members never takes it.
          if (!member.name.endsWith("/")) all.update(piece);
        }
        members.push([member.name, hash.digest("hex")]);
      }
    }
    return { members, digest: all.digest("hex"), notes: told.notes };
  } catch (error) {
    return error instanceof RolesAnywhereError ? `${error.code} ${error.message}` : String((error as Error).stack);
  }
}
