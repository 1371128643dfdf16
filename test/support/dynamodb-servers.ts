import { startDynalite } from "./dynamodb-server.js";
import type { DynamoDbServer } from "./dynamodb-server.js";
import { findDynamoDbLocal, startDynamoDbLocal, startMoto } from "./other-dynamodb.js";
import { requireCondition, requireTools } from "./tools.js";

export interface KnownServer {
  readonly name: string;
  readonly available: boolean;
  readonly start: () => Promise<DynamoDbServer>;
}

/** The DynamoDB servers that a test may run against. @param what What goes untested without one, such as `scan of`. */
export function dynamoDbServers(what: string): readonly KnownServer[] {
  const localFolder = findDynamoDbLocal();
  const localRuns =
    requireCondition(
      `${what} DynamoDB Local`,
      localFolder !== undefined,
      "DynamoDB Local (DYNAMODB_LOCAL_DIR, or npm i --no-save amplify-dynamodb-simulator)",
    ) && requireTools(`${what} DynamoDB Local`, "java");
  return [
    { name: "dynalite", available: true, start: startDynalite },
    { name: "moto", available: requireTools(`${what} moto's DynamoDB`, "moto"), start: startMoto },
    { name: "DynamoDB Local", available: localRuns, start: () => startDynamoDbLocal(localFolder ?? "") },
  ];
}
