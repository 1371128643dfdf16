// A server that records each request as raw bytes, decodes chunks, and answers `ok`.
import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";

export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  /** Names in lower case, in the order received. */
  readonly headers: readonly (readonly [string, string])[];
  /** As latin1, so that every byte is visible. */
  readonly body: string;
}

export interface RecordingServer {
  readonly port: number;
  /** Returns the requests since the last call. */
  take(): RecordedRequest[];
  close(): Promise<void>;
}

export async function startRecordingServer(): Promise<RecordingServer> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let held = "";
    let continued = false;
    socket.on("data", (chunk) => {
      held += chunk.toString("latin1");
      const end = held.indexOf("\r\n\r\n");
      if (end === -1) return;
      const [requestLine = "", ...lines] = held.slice(0, end).split("\r\n");
      const headers = lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      });
      const find = (name: string) => headers.find(([each]) => each === name)?.[1];
      if (find("expect") !== undefined && !continued) {
        continued = true;
        socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      }
      const rest = held.slice(end + 4);
      const body =
        find("transfer-encoding") === "chunked"
          ? joinChunks(rest)
          : wholeBody(rest, Number(find("content-length") ?? 0));
      if (body === undefined) return;
      const [method = "", target = ""] = requestLine.split(" ");
      requests.push({ method, target, headers, body });
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    take: () => requests.splice(0),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function wholeBody(rest: string, length: number): string | undefined {
  return rest.length < length ? undefined : rest.slice(0, length);
}

function joinChunks(rest: string): string | undefined {
  let body = "";
  for (let at = 0; ;) {
    const end = rest.indexOf("\r\n", at);
    if (end === -1) return undefined;
    const size = Number.parseInt(rest.slice(at, end), 16);
    if (rest.length < end + 2 + size + 2) return undefined;
    if (size === 0) return body;
    body += rest.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
