import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Member } from "../archive/archive.js";
import type { ArchiveSequence } from "../archive/sequence.js";
import { ExtractPlan, identityOf } from "./extract-plan.js";
import { Placement } from "./placement.js";
import { inputError } from "../input-error.js";
import type { RowTally } from "../rows/read.js";
import type { SpanReader } from "../archive/spans.js";

/**
 * Splits a member's name into folders and a file name.
 *
 * @throws UsageError `ERR_INPUT` for a name that leads out of the folder or is not portable between systems.
 */
export function parseMemberPath(name: string, subject: string): readonly string[] {
  const parts = name.split("/");
  const unsafe = parts.some((part) => part === "" || part === "." || part === "..");
  if (unsafe || /[\\\u0000-\u001f:]/.test(name)) {
    throw inputError(subject, "its name leads out of the folder or is not a portable path", [
      message`leave it out with ${setting("exclude")}, or read its rows without ${setting("extract")}`,
    ]);
  }
  return parts;
}

export interface ExtractOptions {
  readonly tally: RowTally;
  /** Puts the members of each archive into a folder named after its key. */
  readonly severalObjects: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes members as files below a folder. They get their names only after all of them are complete; if anything fails,
 * none remains. An existing file of the same name is replaced, and restored if a later one cannot be moved.
 */
export async function extractMembers(
  sequence: ArchiveSequence,
  spans: SpanReader,
  folder: string,
  options: ExtractOptions,
): Promise<void> {
  const placement = new Placement();
  try {
    await extractInto(await openFolder(folder, placement), placement, sequence, spans, options);
  } catch (error) {
    await placement.removeFolders();
    throw error;
  }
}

async function extractInto(
  root: string,
  placement: Placement,
  sequence: ArchiveSequence,
  spans: SpanReader,
  { tally, severalObjects, signal }: ExtractOptions,
): Promise<void> {
  const plan = new ExtractPlan(root);
  // Before anything is written, as far as members are known.
  for await (const { members = [] } of sequence.archives()) {
    for (const member of members) plan.add(member, placeOf(member, severalObjects));
  }
  const staging = join(root, `.extract-${randomBytes(6).toString("hex")}.partial`);
  const staged: { readonly from: string; readonly parts: readonly string[] }[] = [];
  try {
    await mkdir(staging);
    for await (const { member, isPlanned } of everyMember(sequence, spans, tally)) {
      signal.throwIfAborted();
      const parts = placeOf(member, severalObjects);
      if (!isPlanned) plan.add(member, parts);
      const from = join(staging, createHash("sha256").update(identityOf(parts)).digest("hex"));
      staged.push({ from, parts });
      await writeMember(member, spans, from, tally);
    }
    for (const { from, parts } of staged) await placement.move(root, from, parts, `${from}.replaced`);
  } catch (error) {
    // The replaced files are in the staging folder, which is removed next.
    await placement.undoMoves();
    throw explainFault(error, root);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function* everyMember(sequence: ArchiveSequence, spans: SpanReader, tally: RowTally) {
  for await (const archive of sequence.archives()) {
    const isPlanned = archive.members !== undefined;
    for await (const member of archive.walk(spans, tally)) yield { member, isPlanned };
  }
}

/** Reports a failed system call as an output error instead of an internal error. */
function explainFault(error: unknown, root: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || !["mkdir", "open", "write", "rename", "close"].includes(syscall)) return error;
  return new UsageError("ERR_OUTPUT", `cannot extract into "${root}": ${syscall} failed with ${code ?? "no code"}`, {
    cause: error,
    hints: ["check the room on the disk and the modes of the folders there"],
  });
}

function placeOf(member: Member, severalObjects: boolean): readonly string[] {
  if (member.special !== undefined) {
    throw inputError(member.subject, `it is a ${member.special.kind}`, [
      message`leave it out with ${setting("exclude")}`,
    ]);
  }
  const parts = parseMemberPath(member.name, member.subject);
  if (!severalObjects) return parts;
  return [...parseMemberPath(member.object.key.replace(/\.[^./]*$/, ""), member.subject), ...parts];
}

async function openFolder(folder: string, placement: Placement): Promise<string> {
  try {
    placement.makeFolder(folder);
    return await realpath(folder);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    throw new UsageError("ERR_OUTPUT", `cannot extract into "${folder}": error ${code}`, {
      cause,
      hints: ["name a folder that exists or can be made"],
    });
  }
}

async function writeMember(member: Member, spans: SpanReader, path: string, tally: RowTally): Promise<void> {
  const file = await open(path, "wx");
  try {
    for await (const chunk of member.read(spans)) {
      tally.bytes += chunk.length;
      for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  tally.members++;
}
