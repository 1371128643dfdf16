import { filesOf } from "../archive/sequence.js";
import type { ArchiveSequence } from "../archive/sequence.js";
import type { ByteSink } from "../output/byte-sink.js";
import type { RowTally } from "../rows/read.js";
import type { SpanReader } from "../archive/spans.js";

/** Writes the unchanged bytes of the members, one after the other. */
export async function writeRaw(
  sequence: ArchiveSequence,
  spans: SpanReader,
  sink: ByteSink,
  tally: RowTally,
): Promise<void> {
  for await (const member of filesOf(sequence, spans, tally)) {
    tally.members++;
    for await (const chunk of member.read(spans)) {
      tally.bytes += chunk.length;
      await sink.write(chunk);
    }
  }
}
