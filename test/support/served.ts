import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningCli } from "./run-cli.js";

/** Running `serve` with container credentials. */
export interface Served {
  readonly cli: RunningCli;
  readonly url: string;
  readonly token: string;
  readonly tokenFile: string;
}

/** Waits until `serve` is ready, and reads from its stderr the variables to export. */
export async function readServed(cli: RunningCli): Promise<Served> {
  const [, url = ""] = await cli.waitFor(/CREDENTIALS_FULL_URI=(\S+)\/credentials\n/, "stderr");
  const [, tokenFile = ""] = await cli.waitFor(/AUTHORIZATION_TOKEN_FILE=(\S+)\n/, "stderr");
  return { cli, url, tokenFile, token: readFileSync(tokenFile, "utf8") };
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export function get(url: string, headers: Record<string, string> = {}, more: object = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const sent = send(url, { headers, agent: false, ...more }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

export function credentials({ url, token }: Served, path = "/credentials"): Promise<Reply> {
  return get(`${url}${path}`, { authorization: token });
}

/** Asks until an answer matches. */
export async function until(
  ask: () => Promise<Reply>,
  fits: (reply: Reply) => boolean,
  limitMs = 30_000,
): Promise<Reply> {
  const end = Date.now() + limitMs;
  for (;;) {
    const reply = await ask();
    if (fits(reply)) return reply;
    if (Date.now() > end) throw new Error(`still ${reply.status} ${reply.body}`);
    await sleep(100);
  }
}

/** @throws if the answer has no credentials */
export function keyIdOf({ status, body }: Reply): string {
  const { AccessKeyId } = JSON.parse(body) as { AccessKeyId?: string };
  if (status !== 200 || AccessKeyId === undefined) throw new Error(`no credentials: ${status} ${body}`);
  return AccessKeyId;
}
