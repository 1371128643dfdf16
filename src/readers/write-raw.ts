import type { ArchiveSequence } from "./archive-sequence.js";
import type { ByteSink } from "./byte-sink.js";
import { membersOf } from "./read-rows.js";
import type { RowTally } from "./read-rows.js";
import type { SpanReader } from "./spans.js";

/** Writes the members' bytes as they are, one after the other. */
export async function writeRaw(
  sequence: ArchiveSequence,
  spans: SpanReader,
  sink: ByteSink,
  tally: RowTally,
): Promise<void> {
  for await (const member of membersOf(sequence)) {
    tally.members++;
    for await (const chunk of member.read(spans)) {
      tally.bytes += chunk.length;
      await sink.write(chunk);
    }
  }
}
