import { expect } from "vitest";
import { orderFiles, orderPath } from "./engine-account.js";
import type { EngineAccount } from "./engine-account.js";
import type { CliResult } from "./run-cli.js";

/**
 * Runs a job that reads `s3://acme/orders/`, while S3 holds it up in the middle until its session has ended. Fails unless
 * the job succeeds, no request was made with a session that had ended, and those after the hold have another session.
 *
 * @param heldPath Of the first request that is held up.
 */
export async function expectRenewed(
  { s3, emulator }: EngineAccount,
  engine: string,
  job: () => Promise<CliResult>,
  heldPath = orderPath(orderFiles / 2),
): Promise<CliResult> {
  const first = s3.requests.length;
  const issuedBefore = emulator.count("CreateSession");
  const hold = s3.holdUntilSessionEnds(({ method, path }) => method === "GET" && path.replace(/\/$/, "") === heldPath);
  const result = await job();
  expect(result.status, result.stderr).toBe(0);
  const requests = s3.requests.slice(first);
  const after = hold.requestsAfter ?? [];
  expect(requests.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
  expect(after.length).toBeGreaterThan(0);
  const sessions = new Set(requests.map(({ accessKeyId }) => accessKeyId));
  expect(sessions).toContain(hold.accessKeyId);
  expect(new Set(after.map(({ accessKeyId }) => accessKeyId))).not.toContain(hold.accessKeyId);
  const issued = emulator.count("CreateSession") - issuedBefore;
  expect(issued).toBeGreaterThan(0);
  console.log(
    `${engine}: ${requests.length} requests to S3 with ${sessions.size} sessions; one ended after request ` +
      `${requests.length - after.length}, ${after.length} requests followed with others; ${issued} x CreateSession meanwhile`,
  );
  return result;
}
