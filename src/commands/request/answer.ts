import { requestIdOf } from "../../aws/issued-values.js";
import { ServiceError } from "../../errors.js";
import { openOutput } from "../../aws/files/open-output.js";
import { createStreamSink } from "../../readers/output/byte-sink.js";
import { printable } from "../../printable.js";
import type { Answer } from "../../request/conversation.js";
import { findHeader } from "../../aws/http/header-fields.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import { explainOutputError } from "../line/output.js";
import { outputFile, resolvePath } from "../reading/options.js";
import type { RequestInput } from "./input.js";
import type { Trace } from "./trace.js";

/**
 * Writes the answer to standard output or to its file, and fails on its status where the flags ask for that.
 *
 * @throws ServiceError when `--fail` or `--fail-with-body` is given and the status is 400 or above.
 */
export async function deliverAnswer(
  answer: Answer,
  flags: RequestInput["flags"],
  invocation: Invocation,
  trace: Trace,
): Promise<CommandOutput> {
  const failed = answer.statusCode >= 400 && (flags.fail === true || flags["fail-with-body"] === true);
  if (answer.refusal !== undefined) trace.refusal(answer.refusal, answer.prepared.signature, !failed);
  if (failed && flags.fail === true) {
    answer.discard();
    throw statusError(answer);
  }
  const named = outputFile(flags.output);
  const file = named === undefined ? undefined : await openOutput(resolvePath(named, invocation));
  const sink = file ?? createStreamSink(invocation.stdout, explainOutputError);
  try {
    if (flags.include === true || flags.head === true) {
      const head = formatHead(answer);
      const onTerminal = file === undefined && invocation.stdout.isTTY === true;
      await sink.write(Buffer.from(onTerminal ? printable(head) : head, "latin1"));
    }
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

function formatHead({ httpVersion, statusCode, statusMessage, headers }: Answer): string {
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
