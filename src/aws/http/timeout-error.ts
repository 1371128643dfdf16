import { NetworkError } from "../../errors.js";
import type { Origin } from "./exchange.js";

type Place = Pick<Origin, "hostname" | "port">;

const hints = ["check the network path, the proxy (HTTPS_PROXY, NO_PROXY) and the endpoint"];

export function connectTimeout({ hostname, port }: Place, ms: number): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `no connection to ${hostname}:${port} within ${ms / 1000} s`, { hints });
}

export function silence({ hostname, port }: Place, ms: number): NetworkError {
  return new NetworkError("ERR_TIMEOUT", `no answer from ${hostname}:${port} within ${ms / 1000} s`, { hints });
}
