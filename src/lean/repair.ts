// `repairPem` of src/identity/pem/repair.ts, which usual text passes unread.
import { repairPem as repair } from "../identity/pem/repair.js";
import { host } from "./host.js";

export function repairPem(text: string): string {
  return host.isPlainPem(text) ? text : repair(text);
}
