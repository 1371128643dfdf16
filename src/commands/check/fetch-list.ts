import { defaultTimeouts } from "../../aws/http/exchange.js";
import { collectBody } from "../../aws/http/collect-body.js";
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
  const received = await transport.exchange(
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
  const list = await collectBody(received, maxListBytes, "it has more than");
  if (received.statusCode !== 200)
    throw new NetworkError("ERR_CONNECTION", `the server answers with status ${received.statusCode}`);
  return list;
}
