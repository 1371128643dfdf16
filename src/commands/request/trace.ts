import { formatComparison } from "../../request/comparison.js";
import type { ConversationEvent } from "../../request/conversation.js";
import { redactHeaders, redactText } from "../../request/redaction.js";
import type { Refusal } from "../../request/refusal.js";
import { oneLine } from "../../printable.js";
import type { Signature } from "../../signing/string-to-sign.js";
import type { TextOutput } from "../line/text-output.js";
import { renderText } from "../../message.js";
import type { OutputInput } from "./input.js";

/** Messages for people during a request. They never contain secrets. */
export interface Trace {
  readonly credentials: (description: string) => void;
  readonly signature: (signature: Signature) => void;
  readonly observe: (event: ConversationEvent) => void;
  /** `withHints` is false if an error already has them. */
  readonly refusal: (refusal: Refusal, signature: Signature | undefined, withHints: boolean) => void;
  /** Warns if a presigned URL expires early, with its session. */
  readonly expiry: (sessionEnd: Date | undefined, expiresInSeconds: number) => void;
}

type TraceFlags = Pick<OutputInput, "silent" | "verbose">;

export function createTrace({ silent, verbose }: TraceFlags, stderr: Pick<TextOutput, "write">): Trace {
  const write = (text: string) => stderr.write(text);
  const note = (text: string) => {
    if (!silent) write(`rolesanywhere-ts: note: ${oneLine(text)}\n`);
  };
  const detail = (prefix: string, lines: readonly string[]) => {
    if (verbose) write(lines.map((line) => `${prefix} ${line}\n`).join(""));
  };
  const signature = (signed: Signature) => {
    detail("*", ["canonical request:", ...indent(redactText(signed.canonicalRequest))]);
    detail("*", ["string to sign:", ...indent(signed.stringToSign)]);
  };
  return {
    credentials: (description) => detail("*", [`credentials: ${description}`]),
    signature,
    observe: (event) => describeEvent(event, { note, detail, signature }),
    expiry: (sessionEnd, expiresInSeconds) => {
      if (sessionEnd === undefined || sessionEnd.getTime() >= Date.now() + expiresInSeconds * 1000) return;
      note(`the URL ends with the session that signed it, at ${sessionEnd.toISOString()}`);
    },
    refusal: (refusal, signed, withHints) => {
      if (silent) return;
      for (const hint of withHints ? refusal.hints : []) write(`rolesanywhere-ts: hint: ${renderText(hint)}\n`);
      if (refusal.canonicalRequest === undefined || signed === undefined) return;
      write("rolesanywhere-ts: the service computed another signature; canonical requests side by side:\n");
      const [ours, theirs] = [signed.canonicalRequest, refusal.canonicalRequest];
      write(formatComparison(redactText(ours), redactText(theirs), ours !== theirs));
      if (signed.canonicalRequest !== refusal.canonicalRequest || refusal.stringToSign === undefined) return;
      write("strings to sign:\n");
      write(formatComparison(signed.stringToSign, refusal.stringToSign));
    },
  };
}

interface TraceOutputs {
  readonly note: (text: string) => void;
  readonly detail: (prefix: string, lines: readonly string[]) => void;
  readonly signature: (signature: Signature) => void;
}

function describeEvent(event: ConversationEvent, { note, detail, signature }: TraceOutputs): void {
  switch (event.kind) {
    case "sending": {
      const { method, target, headers, signature: signed, note: remark } = event.prepared;
      if (remark !== undefined) note(remark);
      if (signed !== undefined) signature(signed);
      const head = [`${method} ${redactText(target.target)} HTTP/1.1`, ...formatFields(redactHeaders(headers))];
      return detail(">", [...head, ""]);
    }
    case "received": {
      const { httpVersion, statusCode, statusMessage, headers } = event.received;
      const head = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`, ...formatFields(redactHeaders(headers))];
      return detail("<", [...head, ""]);
    }
    case "retrying":
      return note(`${event.reason}; trying again in ${(event.delayMs / 1000).toFixed(1)} s`);
    case "clock": {
      const seconds = Math.round(Math.abs(event.offsetMs) / 1000);
      const direction = event.offsetMs > 0 ? "behind" : "ahead of";
      return note(`this clock is ${seconds} s ${direction} the server's; signed again with the server's time`);
    }
    case "redirected":
      return detail("*", [`redirected to ${redactText(event.location)}, ${event.signed ? "signed anew" : "unsigned"}`]);
  }
}

function formatFields(fields: readonly (readonly [string, string])[]): string[] {
  return fields.map(([name, value]) => `${name}: ${value}`);
}

function indent(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}
