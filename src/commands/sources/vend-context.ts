import { setTimeout } from "node:timers/promises";
import type { VendContext } from "../../vending/vend.js";
import type { Invocation } from "../invocation.js";
import { renderText } from "../../message.js";

/**
 * The real clock, randomness, terminal and trace for a vend.
 *
 * @param signal Aborts a pending vend, so that a long-running command stops without waiting for it.
 */
export function createVendContext(debug: boolean, invocation: Invocation, signal?: AbortSignal): VendContext {
  const { homeDirectory, variables, platform, workingDirectory, descriptors, secrets } = invocation;
  return {
    homeDirectory,
    variables,
    platform,
    workingDirectory,
    descriptors,
    prompt: createPrompt(invocation),
    secrets,
    debug: debug
      ? // Opening the stream takes milliseconds, so it is opened for a line.
        (line) => invocation.stderr.write(`rolesanywhere-ts: debug: ${renderText(line).replaceAll("\n", "\n  ")}\n`)
      : () => undefined,
    now: () => new Date(),
    random: Math.random,
    sleep: (ms) => setTimeout(ms, undefined, signal === undefined ? {} : { signal }),
    signal,
  };
}

/** Prompts on the controlling terminal. It is there even if a caller, such as the AWS CLI, redirects all streams. */
function createPrompt(invocation: Invocation): VendContext["prompt"] {
  return async (question) => {
    const { askHidden } = await import("../line/terminal.js");
    return invocation.timeLimit.hold(askHidden(question, invocation));
  };
}
