import { InternalError, RolesAnywhereError, textsOf, UsageError } from "../../errors.js";
import { Message } from "../../message.js";
import type { Text } from "../../message.js";

/** From the pool to a thread. */
export type ThreadRequest =
  | { readonly kind: "open"; readonly job: number; readonly name: string; readonly settings: unknown }
  | { readonly kind: "call"; readonly job: number; readonly call: number; readonly input: unknown }
  | { readonly kind: "close"; readonly job: number };

/** From a thread to the pool. */
export type ThreadAnswer =
  | { readonly call: number; readonly output: unknown }
  | { readonly call: number; readonly failure: Failure };

/** An error in a form that keeps its code, texts and hints when it is cloned. */
export type Failure =
  | {
      readonly kind: "usage" | "internal";
      readonly code: UsageError["code"] | "ERR_INTERNAL";
      readonly message: WireText;
      readonly hints: readonly WireText[];
    }
  | { readonly kind: "other"; readonly error: unknown };

type WireText = string | Pick<Message, "parts" | "suspect">;

export function toFailure(error: unknown): Failure {
  if (!(error instanceof UsageError || error instanceof InternalError)) {
    // Their own fields would be lost, and an error that cannot be cloned would hide itself.
    return { kind: "other", error: error instanceof RolesAnywhereError ? new Error(error.message) : cloneable(error) };
  }
  const { message, hints } = textsOf(error);
  return {
    kind: error instanceof UsageError ? "usage" : "internal",
    code: error.code,
    message: toWire(message),
    hints: hints.map(toWire),
  };
}

export function fromFailure(failure: Failure): unknown {
  if (failure.kind === "other") return failure.error;
  const { code, message } = failure;
  const hints = failure.hints.map(fromWire);
  if (code === "ERR_INTERNAL") return new InternalError(fromWire(message), { hints });
  return new UsageError(code, fromWire(message), { hints });
}

function cloneable(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return new Error(String(error));
  }
}

function toWire(text: Text): WireText {
  return typeof text === "string" ? text : { parts: text.parts, suspect: text.suspect };
}

function fromWire(text: WireText): Text {
  return typeof text === "string" ? text : new Message(text.parts, text.suspect);
}
