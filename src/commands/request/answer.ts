import { dirname } from "node:path";
import { makeFolder } from "../../aws/files/make-folder.js";
import { openOutput } from "../../aws/files/open-output.js";
import type { OutputFile } from "../../aws/files/open-output.js";
import { findHeader } from "../../aws/http/header-fields.js";
import { requestIdOf } from "../../aws/issued-values.js";
import { ServiceError, systemCode, UsageError } from "../../errors.js";
import { printable } from "../../printable.js";
import type { Answer } from "../../request/conversation.js";
import { createStreamSink } from "../../readers/output/byte-sink.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import { explainOutputError } from "../line/output.js";
import { outputFile, resolvePath } from "../reading/options.js";
import type { OutputInput } from "./input.js";
import type { Head } from "./progress.js";
import type { Trace } from "./trace.js";

export interface DeliveryContext {
  readonly output: OutputInput;
  /** Headers of each redirect and of the response. */
  readonly heads: readonly Head[];
  readonly invocation: Invocation;
  readonly trace: Trace;
}

/**
 * Writes the response to standard output or its file. If the flags say so, fails on its status.
 *
 * @throws ServiceError if `--fail` or `--fail-with-body` is given and the status is 400 or above.
 */
export async function deliverAnswer(answer: Answer, context: DeliveryContext): Promise<CommandOutput> {
  const { output, heads, invocation, trace } = context;
  const failed = answer.statusCode >= 400 && output.fail !== "never";
  if (answer.refusal !== undefined) trace.refusal(answer.refusal, answer.prepared.signature, !failed);
  if (output.dumpHeader !== undefined) await dumpHeads(output.dumpHeader, heads, invocation);
  if (failed && output.fail === "without body") {
    answer.discard();
    throw statusError(answer);
  }
  const file = await openFile(output, invocation);
  const sink = file ?? createStreamSink(invocation.stdout, explainOutputError);
  try {
    if (output.include) await sink.write(shownHeads(heads, file === undefined, invocation));
    for await (const chunk of answer.body) await sink.write(chunk);
    await file?.commit();
  } catch (error) {
    answer.discard();
    await file?.abort();
    throw error;
  }
  if (failed) throw statusError(answer);
  return { exitStatus: 0 };
}

async function openFile(
  { file: name, createDirs }: OutputInput,
  invocation: Invocation,
): Promise<OutputFile | undefined> {
  const named = outputFile(name);
  if (named === undefined) return undefined;
  const path = resolvePath(named, invocation);
  if (createDirs) createFolder(dirname(path));
  return openOutput(path);
}

function createFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    const code = systemCode(error);
    throw new UsageError("ERR_OUTPUT", `the folder ${path} cannot be created: ${code}`, {
      hints: ["check the path and the mode of the folder above it"],
      cause: error,
    });
  }
}

async function dumpHeads(name: string, heads: readonly Head[], invocation: Invocation): Promise<void> {
  if (name === "-") {
    await createStreamSink(invocation.stdout, explainOutputError).write(shownHeads(heads, true, invocation));
    return;
  }
  const file = await openOutput(resolvePath(name, invocation));
  try {
    await file.write(shownHeads(heads, false, invocation));
    await file.commit();
  } catch (error) {
    await file.abort();
    throw error;
  }
}

function shownHeads(heads: readonly Head[], onStdout: boolean, { stdout }: Invocation): Uint8Array {
  const text = heads.map(formatHead).join("");
  return Buffer.from(onStdout && stdout.isTTY === true ? printable(text) : text, "latin1");
}

function formatHead({ httpVersion, statusCode, statusMessage, headers }: Head): string {
  const lines = [
    `HTTP/${httpVersion} ${statusCode} ${statusMessage}`.trimEnd(),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function statusError({ statusCode, statusMessage, headers, prepared, refusal }: Answer): ServiceError {
  const { target, method } = prepared;
  return new ServiceError(
    statusCode === 429
      ? "ERR_THROTTLED"
      : statusCode === 401 || statusCode === 403
        ? "ERR_ACCESS_DENIED"
        : "ERR_SERVICE",
    `${method} on ${target.authority} was answered with ${`${statusCode} ${statusMessage}`.trim()}`,
    {
      service: target.authority,
      operation: method,
      statusCode,
      serviceCode: (findHeader(headers, "x-amzn-errortype") ?? "").split(":", 1)[0] ?? "",
      requestId: requestIdOf(findHeader(headers, "x-amzn-requestid") ?? findHeader(headers, "x-amz-request-id")),
      hints: refusal?.hints ?? [],
    },
  );
}
