// In place of src/vending/cache/vend-through-cache.ts: without a cache, connects while the identity is still being read.
import type { VendSettings } from "../settings/vend-settings.js";
import { vendThroughCache as vendConnected } from "../vending/cache/vend-through-cache.js";
import type { CacheUse } from "../vending/cache/vend-through-cache.js";
import type { VendContext } from "../vending/vend.js";
import { connectForSession } from "./vend.js";

export function vendThroughCache(settings: VendSettings, cache: CacheUse, context: VendContext) {
  if (cache.enabled === false) connectForSession(settings, context);
  return vendConnected(settings, cache, context);
}
