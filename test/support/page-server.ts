import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Table of generated items in a separate process: keys `item-0000000000` and so on, 2500 items per page unless told. */
export interface PageServer {
  readonly port: number;
  readonly url: string;
  close(): void;
}

export async function startPageServer(items: number, itemsPerPage = 2500): Promise<PageServer> {
  const script = fileURLToPath(new URL("../../bench/dynamodb-pages.mjs", import.meta.url));
  const words = [script, "--items", String(items), "--page", String(itemsPerPage)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = (await once(createInterface(child.stdout), "line")) as [string];
  return { url, port: Number(new URL(url).port), close: () => void child.kill() };
}
