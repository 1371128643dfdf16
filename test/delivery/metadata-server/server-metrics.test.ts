import { expect, test } from "vitest";
import { ServerMetrics } from "../../../src/delivery/metadata-server/server-metrics.js";

test("writes counters and gauges as Prometheus text", () => {
  const metrics = new ServerMetrics();
  metrics.countRenewal("reader");
  metrics.setCertificate("reader", {
    notBefore: new Date(1_700_000_000_000),
    notAfter: new Date(1_900_000_000_000),
  });
  metrics.countRequest("credentials", 200);
  metrics.countRequest("credentials", 200);
  metrics.countFailure('quo"te', "ERR_TIMEOUT");
  const text = metrics.format({
    sessions: [
      { name: "reader", expirationMs: 1_800_000_000_000 },
      { name: "writer", expirationMs: undefined },
    ],
    metadataTokens: 3,
    connections: 2,
  });
  expect(text.split("\n").filter((line) => !line.startsWith("#"))).toEqual([
    'rolesanywhere_ts_session_valid{session="reader"} 1',
    'rolesanywhere_ts_session_valid{session="writer"} 0',
    'rolesanywhere_ts_session_expiration_timestamp_seconds{session="reader"} 1800000000',
    'rolesanywhere_ts_certificate_expiration_timestamp_seconds{session="reader"} 1900000000',
    'rolesanywhere_ts_certificate_start_timestamp_seconds{session="reader"} 1700000000',
    'rolesanywhere_ts_renewals_total{session="reader"} 1',
    'rolesanywhere_ts_renewal_failures_total{session="quo\\"te",code="ERR_TIMEOUT"} 1',
    'rolesanywhere_ts_requests_total{route="credentials",status="200"} 2',
    "rolesanywhere_ts_metadata_tokens 3",
    "rolesanywhere_ts_connections 2",
    "",
  ]);
});
