import type { IncomingMessage } from "node:http";

/** A request exactly as received. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path as sent, not decoded and not normalised. */
  readonly path: string;
  /** The query string, as sent. */
  readonly query: string;
  /** Names in lower case, in the order sent, duplicates kept. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export const maxBodyBytes = 1_048_576;

/** @returns undefined if the body is larger than `maxBodyBytes`. */
export async function receiveRequest(message: IncomingMessage): Promise<ReceivedRequest | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBodyBytes) chunks.push(chunk);
  }
  if (length > maxBodyBytes) return undefined;
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    headers.push([(message.rawHeaders[index] ?? "").toLowerCase(), message.rawHeaders[index + 1] ?? ""]);
  }
  return {
    method: message.method ?? "GET",
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? "" : target.slice(mark + 1),
    headers,
    body: Buffer.concat(chunks),
  };
}

/** The first header of a name, given in lower case. */
export function header(request: ReceivedRequest, name: string): string | undefined {
  return request.headers.find(([found]) => found === name)?.[1];
}

/** Query or form pairs, decoded. */
export function decodePairs(text: string, plusIsSpace: boolean): readonly (readonly [name: string, value: string])[] {
  if (text === "") return [];
  return text.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    const parts = equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const [name = "", value = ""] = parts.map((part) => percentDecode(plusIsSpace ? part.replaceAll("+", " ") : part));
    return [name, value] as const;
  });
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
