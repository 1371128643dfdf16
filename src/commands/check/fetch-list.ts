import { defaultTimeouts } from "../../aws/http/exchange.js";
import { createTransport } from "../../aws/http/transport.js";
import { NetworkError } from "../../errors.js";
import { parseRequestUrl } from "../../request/target.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { Invocation } from "../invocation.js";

const maxListBytes = 16 * 1024 * 1024;
const timeoutMs = 20_000;

/**
 * Downloads a revocation list, through the same proxy as other requests.
 *
 * @throws NetworkError
 */
export async function fetchList(
  url: string,
  { caBundle }: Pick<VendSettings, "caBundle">,
  { variables }: Pick<Invocation, "variables">,
): Promise<Buffer> {
  const { scheme, hostname, port, authority, target } = parseRequestUrl(url);
  const transport = createTransport({ verifySsl: true, caBundle, variables });
  const { statusCode, body, fault } = await transport.exchange(
    {
      protocol: scheme === "https" ? "https:" : "http:",
      hostname,
      port,
      method: "GET",
      target,
      headers: [["host", authority]],
      body: undefined,
    },
    { connectMs: defaultTimeouts.connectMs, firstByteMs: timeoutMs, signal: AbortSignal.timeout(timeoutMs) },
  );
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxListBytes) throw new NetworkError("ERR_CONNECTION", `it has more than ${maxListBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw await fault(error);
  }
  if (statusCode !== 200) throw new NetworkError("ERR_CONNECTION", `the server answers with status ${statusCode}`);
  return Buffer.concat(chunks);
}
