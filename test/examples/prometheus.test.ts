import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ServerMetrics } from "../../src/delivery/metadata-server/server-metrics.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const file = fileURLToPath(new URL("../../examples/prometheus/rolesanywhere.rules.yaml", import.meta.url));

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
const { groups } = parse(readFileSync(file, "utf8")) as { groups: readonly { rules: readonly Rule[] }[] };

const day = 24 * 3600;
const year = 365 * day;
const labels = 'session="Demo", instance="web-1:9911", job="credentials"';

/** The two series of a certificate, by seconds after the beginning. */
const certificate = (start: number, end: number) => [
  { series: `rolesanywhere_ts_certificate_start_timestamp_seconds{${labels}}`, values: `${start}x60` },
  { series: `rolesanywhere_ts_certificate_expiration_timestamp_seconds{${labels}}`, values: `${end}x60` },
];

/** What each alert does for these samples, one a minute, and when; `end` in seconds after the beginning. */
const cases = [
  ["eight days left of a year", certificate(8 * day - year, 8 * day), "", "30m", []],
  ["six days left of a year", certificate(6 * day - year, 6 * day), "", "30m", ["RolesAnywhereCertificateExpiresSoon"]],
  [
    "half a day left of a year",
    certificate(day / 2 - year, day / 2),
    "",
    "30m",
    ["RolesAnywhereCertificateExpiresSoon", "RolesAnywhereCertificateExpires"],
  ],
  ["a new certificate of a day", certificate(0, day), "", "30m", []],
  ["six hours left of a day", certificate(-day * 0.75, day / 4), "", "30m", ["RolesAnywhereCertificateExpiresSoon"]],
  ["a session", `session_valid{${labels}}`, "1x60", "30m", []],
  ["a minute without a session", `session_valid{${labels}}`, "1x28 0x0 1x30", "30m", []],
  ["no session", `session_valid{${labels}}`, "1x20 0x40", "30m", ["RolesAnywhereNoSession"]],
  ["one failure", `renewal_failures_total{${labels}, code="ERR_CONNECTION"}`, "0x20 1x40", "30m", []],
  [
    "failure after failure",
    `renewal_failures_total{${labels}, code="ERR_CONNECTION"}`,
    "0+1x60",
    "30m",
    ["RolesAnywhereRenewalFails"],
  ],
] as const;

describe("examples/prometheus", () => {
  it("uses series that the server has", () => {
    const metrics = new ServerMetrics();
    metrics.setCertificate("Demo", { notBefore: new Date(0), notAfter: new Date(0) });
    metrics.countFailure("Demo", "ERR_CONNECTION");
    const text = metrics.format({ sessions: [], metadataTokens: 0, connections: 0 });
    const known = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const used = groups.flatMap(({ rules }) => rules).flatMap(({ expr }) => expr.match(/rolesanywhere_ts_\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it.skipIf(!requireTools("the alerts of examples/prometheus", "promtool"))(
    "alerts when it should, and only then",
    () => {
      const folder = createScratch("prometheus");
      const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
      const tests = cases.map(([name, series, values, at, firing]) => ({
        name,
        interval: "1m",
        input_series: typeof series === "string" ? [{ series: `rolesanywhere_ts_${series}`, values }] : series,
        promql_expr_test: alerts.map((alert) => ({
          expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
          eval_time: at,
          exp_samples: [{ labels: "{}", value: (firing as readonly string[]).includes(alert) ? 1 : 0 }],
        })),
      }));
      const gone = {
        name: "a server that is gone",
        interval: "1m",
        input_series: [
          { series: 'up{instance="web-1:9911", job="credentials"}', values: "1x10 0x50" },
          { series: 'up{instance="other:80", job="other"}', values: "0x60" },
          { series: 'rolesanywhere_ts_connections{instance="web-1:9911", job="credentials"}', values: "3x10" },
        ],
        promql_expr_test: [
          {
            expr: 'count(ALERTS{alertname="RolesAnywhereServerGone", alertstate="firing"})',
            eval_time: "30m",
            exp_samples: [{ labels: "{}", value: 1 }],
          },
        ],
      };
      const path = join(folder, "tests.yaml");
      // JSON is YAML.
      writeFileSync(path, JSON.stringify({ rule_files: [file], evaluation_interval: "1m", tests: [...tests, gone] }));
      expect(execFileSync("promtool", ["check", "rules", file]).toString()).toContain("SUCCESS: 5 rules found");
      expect(execFileSync("promtool", ["test", "rules", path]).toString()).toContain("SUCCESS");
    },
  );
});
