import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** DynamoDB whose segments have as many pages as requested, and which counts its requests. */
export interface CountingDynamoDb extends AsyncDisposable {
  readonly url: string;
  /** Scan requests so far. */
  scans(): number;
  connections(): Promise<number>;
}

export interface CountingDynamoDbOptions {
  readonly pages: number;
  readonly itemsPerPage: number;
  /** First Scan request that gets no answer, counted from 1. */
  readonly silentFrom?: number;
}

export async function startCountingDynamoDb(options: CountingDynamoDbOptions): Promise<CountingDynamoDb> {
  const { pages, itemsPerPage, silentFrom = Number.POSITIVE_INFINITY } = options;
  let scans = 0;
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const answer = (body: unknown) => void response.end(JSON.stringify(body));
      if (String(message.headers["x-amz-target"]).endsWith(".DescribeTable")) {
        return answer({ Table: { TableSizeBytes: 1_000_000_000, ItemCount: 1_000_000 } });
      }
      if (++scans >= silentFrom) return;
      const { Segment = 0, ExclusiveStartKey } = JSON.parse(Buffer.concat(chunks).toString()) as {
        Segment?: number;
        ExclusiveStartKey?: { page: { N: string } };
      };
      const page = Number(ExclusiveStartKey?.page.N ?? "0");
      const Items = Array.from({ length: itemsPerPage }, (_, index) => ({
        id: { S: `${Segment}-${page}-${index}` },
        page: { N: String(page) },
      }));
      const more = page + 1 < pages ? { LastEvaluatedKey: { page: { N: String(page + 1) } } } : {};
      answer({ Items, Count: itemsPerPage, ScannedCount: itemsPerPage, ...more });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    scans: () => scans,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
