import { setTimeout } from "node:timers/promises";
import type { VendContext } from "../../vending/vend.js";
import type { Invocation } from "../invocation.js";
import { renderText } from "../../message.js";

/**
 * The real clock, randomness, terminal and trace for a vend.
 *
 * @param signal Ends a vend under way, so that a long-running command need not wait for it when it is stopped.
 */
export function createVendContext(debug: boolean, invocation: Invocation, signal?: AbortSignal): VendContext {
  const { homeDirectory, variables, platform, workingDirectory, descriptors, secrets, stderr } = invocation;
  return {
    homeDirectory,
    variables,
    platform,
    workingDirectory,
    descriptors,
    prompt: createPrompt(invocation),
    secrets,
    debug: debug
      ? (line) => stderr.write(`rolesanywhere-ts: debug: ${renderText(line).replaceAll("\n", "\n  ")}\n`)
      : () => undefined,
    now: () => new Date(),
    random: Math.random,
    sleep: (ms) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    signal,
  };
}

/** Asks on the controlling terminal, which is there even when stdin and stdout are pipes; undefined without one. */
function createPrompt({
  stderr,
  platform,
  timeLimit,
}: Invocation): ((question: string) => Promise<string>) | undefined {
  // A caller that captures stderr shows no question to anyone.
  if (stderr.isTTY !== true) return undefined;
  return async (question) => {
    const { askHidden } = await import("../line/terminal.js");
    return timeLimit.hold(askHidden(question, platform));
  };
}
