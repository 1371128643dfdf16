import type { ConnectionPhase } from "../../request/exchange.js";
import type { Answer, ConversationEvent } from "../../request/conversation.js";
import type { Received } from "../../request/exchange.js";
import type { Outgoing } from "../../request/outgoing.js";
import { formatRequestUrl } from "../../request/target.js";
import { formatWriteOut } from "./write-out.js";
import type { TransferFacts, WriteOut, WriteOutFormat } from "./write-out.js";

export type Head = Pick<Received, "httpVersion" | "statusCode" | "statusMessage" | "headers">;

/** Progress of a request, for `--include`, `--dump-header` and `--write-out`. */
export interface Progress {
  readonly observe: (event: ConversationEvent) => void;
  readonly connection: (phase: ConnectionPhase) => void;
  /** Returns the same response, and counts its bytes as they are read. */
  readonly answered: (answer: Answer) => Answer;
  /** Headers of each redirect and of the response. */
  readonly heads: () => readonly Head[];
  readonly writeOut: (format: WriteOutFormat, end: Pick<TransferFacts, "exitStatus" | "error" | "file">) => WriteOut;
}

export function createProgress(outgoing: Outgoing, now: () => number): Progress {
  const startedMs = now();
  let answeredMs = startedMs;
  let connectionMs: TransferFacts["connectionMs"] = {};
  let url = formatRequestUrl(outgoing.target);
  let final: Answer | undefined;
  let downloadedBytes = 0;
  let uploadedBytes = 0;
  const counts = { redirects: 0, retries: 0 };
  const heads: Head[] = [];
  return {
    observe(event) {
      if (event.kind === "sending") {
        connectionMs = {};
        url = formatRequestUrl(event.prepared.target);
        uploadedBytes = event.prepared.bodyLength ?? 0;
      }
      if (event.kind === "received") {
        answeredMs = now();
        heads.push(event.received);
      }
      if (event.kind === "redirected") counts.redirects++;
      if (event.kind === "retrying") counts.retries++;
      if (event.kind === "retrying" || event.kind === "clock") heads.length = counts.redirects;
    },
    connection: (phase) => {
      connectionMs = { ...connectionMs, [phase]: now() };
    },
    answered(answer) {
      final = { ...answer, body: count(answer.body) };
      return final;
    },
    heads: () => heads,
    writeOut: (format, end) =>
      formatWriteOut(format, {
        ...end,
        ...counts,
        answer: final,
        url,
        downloadedBytes,
        uploadedBytes,
        startedMs,
        connectionMs,
        answeredMs,
        endedMs: now(),
      }),
  };

  async function* count(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      downloadedBytes += chunk.length;
      yield chunk;
    }
  }
}
