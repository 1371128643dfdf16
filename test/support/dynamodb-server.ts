import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import type { Item } from "./attribute-values.js";

/** DynamoDB on loopback that accepts any signature. */
export interface DynamoDbServer {
  readonly port: number;
  /** @returns The operation's answer; throws if it was refused. */
  call(operation: string, input: unknown): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** Starts the emulator from npm, in this process. */
export async function startDynalite(): Promise<DynamoDbServer> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    call: (operation, input) => callDynamoDb(port, operation, input),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Sends an operation with a fake signature. */
export async function callDynamoDb(
  port: number,
  operation: string,
  input: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const body = JSON.stringify(input);
  const sent = httpRequest({
    host: "127.0.0.1",
    port,
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20260101T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00",
      "content-length": Buffer.byteLength(body),
    },
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (response.statusCode !== 200) throw new Error(`${operation}: ${response.statusCode} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

export interface TableOptions {
  /** Names of global secondary indexes on the string attribute `group`. */
  readonly indexes?: readonly string[];
}

/** Creates a table whose key is the string attribute `pk`, and waits until it exists. */
export async function createTable(server: DynamoDbServer, table: string, options: TableOptions = {}): Promise<void> {
  const indexes = options.indexes ?? [];
  await createTableOf(server, {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      ...(indexes.length === 0 ? [] : [{ AttributeName: "group", AttributeType: "S" }]),
    ],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    ...(indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: indexes.map((IndexName) => ({
            IndexName,
            KeySchema: [{ AttributeName: "group", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          })),
        }),
  });
}

/** Creates a table by the input of CreateTable, and waits until it exists: a new table refuses items at first. */
export async function createTableOf(
  server: DynamoDbServer,
  input: { readonly TableName: string } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const { TableName } = input;
  await server.call("CreateTable", input);
  for (;;) {
    const { Table } = (await server.call("DescribeTable", { TableName })) as { Table: { TableStatus: string } };
    if (Table.TableStatus === "ACTIVE") return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Puts items, 25 at a time. */
export async function putItems(server: DynamoDbServer, table: string, items: readonly Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    let requests: unknown = { [table]: items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } })) };
    while (requests !== undefined && Object.keys(requests as object).length > 0) {
      ({ UnprocessedItems: requests } = await server.call("BatchWriteItem", { RequestItems: requests }));
    }
  }
}
