import { toExpressionNames, toExpressionValues } from "../../readers/dynamodb/attribute-value.js";
import { createConnection } from "../../readers/dynamodb/connection.js";
import { requireAtLeast } from "../../readers/option-values.js";
import { createPulledSink } from "../../readers/output/pulled-sink.js";
import { openLineRoute } from "../../readers/scan/line-route.js";
import { runScan } from "../../readers/scan/run.js";
import type { ScanRequest } from "../../readers/scan/request.js";
import { createScanRequest, regionOfTable, scanDefaults } from "../../readers/scan/request.js";
import { createScanCounts } from "../../readers/scan/read-segments.js";
import { requireShard, wholeShard } from "../../readers/shard.js";
import { serviceNames } from "../../settings/connection.js";
import { toProvider } from "../given-credentials.js";
import { parseItemForm, parseItemLines } from "./item-lines.js";
import { inReaderWords, resolveReadingConnection } from "./connection.js";
import { scanTableOptionNames } from "../option-names.js";
import { refuseKeys, refuseMissing, refuseTogether, refuseUnknown } from "../refuse-options.js";
import type { Item, ScanTableOptions } from "./options.js";

/** Implements `scanTable`, in pages; loaded at the first call. */
export function readItemBatches(options: ScanTableOptions): AsyncGenerator<Iterable<Item>, void, undefined> {
  return inReaderWords(readPages(options));
}

async function* readPages(options: ScanTableOptions): AsyncGenerator<Iterable<Item>, void, undefined> {
  refuseKeys(options);
  refuseUnknown(options, scanTableOptionNames);
  refuseMissing(options, ["table", "credentials"]);
  refuseTogether(options, [["limit", "checkpoint"]]);
  const request = toRequest(options);
  const place = { ...options, ...regionFor(options) };
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  signal.throwIfAborted();
  const connection = createConnection({
    ...resolveReadingConnection(serviceNames.dynamodb, place, undefined),
    credentials: toProvider(options.credentials),
    idleTimeoutMs: requireAtLeast("timeout", 1, options.timeoutSeconds ?? scanDefaults.timeoutSeconds, 30) * 1000,
  });
  const sink = createPulledSink();
  const refuseWrites = () => sink.close(signal.reason);
  signal.addEventListener("abort", refuseWrites, { once: true });
  const scan = runScan(request, {
    connection,
    openRoute: () => Promise.resolve(openLineRoute(sink)),
    destinationPath: undefined,
    signal,
    suggest: () => undefined,
    counts: createScanCounts(),
    estimate: { items: undefined, segments: 0, alreadyComplete: false, resumed: false },
  }).then(sink.end, sink.fail);
  try {
    for await (const lines of sink.pieces()) yield parseItemLines(lines);
  } finally {
    ended.abort();
    await scan;
    connection.close();
  }
}

function toRequest(options: ScanTableOptions): ScanRequest {
  const { projection, shard, names = {}, values = {}, where, checkpoint } = options;
  const request = createScanRequest({
    ...options,
    ...parseItemForm(options),
    projection: typeof projection === "string" ? projection : projection?.join(","),
    where: typeof where === "string" ? [where] : where,
    names: toExpressionNames(names),
    values: toExpressionValues(values),
    shard: shard === undefined ? wholeShard : requireShard(shard),
  });
  return { ...request, format: "ndjson", columns: undefined, checkpoint };
}

function regionFor({ region, table }: ScanTableOptions): { readonly region?: string } {
  const known = region ?? regionOfTable(table);
  return known === undefined ? {} : { region: known };
}
