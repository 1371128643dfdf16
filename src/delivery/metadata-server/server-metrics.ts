/** One session in the metrics. */
export interface SessionGauge {
  readonly name: string;
  /** Milliseconds since 1970; undefined without a valid session. */
  readonly expirationMs: number | undefined;
}

export interface CertificateLife {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface ServerGauges {
  readonly sessions: readonly SessionGauge[];
  readonly metadataTokens: number;
  readonly connections: number;
}

/**
 * Counts events of one server, for the text format of Prometheus.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class ServerMetrics {
  /** By route and status, whose labels are formatted only when they are read. */
  readonly #requests = new Map<string, number>();
  readonly #renewals = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #certificates = new Map<string, CertificateLife>();
  readonly #certificateRenewals = new Map<string, number>();
  readonly #certificateFailures = new Map<string, number>();

  /** @param route A route's name, never a path as sent, to bound the number of series. */
  countRequest(route: string, status: number): void {
    count(this.#requests, `${route} ${status}`);
  }

  countRenewal(session: string): void {
    count(this.#renewals, formatLabels({ session }));
  }

  setCertificate(session: string, { notBefore, notAfter }: CertificateLife): void {
    this.#certificates.set(session, { notBefore, notAfter });
  }

  /** Of the certificate last read, by session. */
  get certificates(): ReadonlyMap<string, CertificateLife> {
    return this.#certificates;
  }

  countCertificateRenewal(): void {
    count(this.#certificateRenewals, "");
  }

  countCertificateFailure(code: string): void {
    count(this.#certificateFailures, formatLabels({ code }));
  }

  #ofCertificates(pick: (life: CertificateLife) => Date): readonly Sample[] {
    return Array.from(this.#certificates, ([name, life]) => line(name, pick(life).getTime() / 1000));
  }

  countFailure(session: string, code: string): void {
    count(this.#failures, formatLabels({ session, code }));
  }

  #ofRequests(): readonly Sample[] {
    return [...this.#requests].map(([key, value]) => {
      const [route = "", status = ""] = key.split(" ");
      return [formatLabels({ route, status }), value];
    });
  }

  format({ sessions, metadataTokens, connections }: ServerGauges): string {
    const valid = sessions.map(({ name, expirationMs }) => line(name, expirationMs === undefined ? 0 : 1));
    const ends = sessions.flatMap(({ name, expirationMs }) =>
      expirationMs === undefined ? [] : [line(name, expirationMs / 1000)],
    );
    return [
      family("session_valid", "gauge", "Whether a valid session is held", valid),
      family("session_expiration_timestamp_seconds", "gauge", "When the held session ends", ends),
      family("certificate_expiration_timestamp_seconds", "gauge", "When the certificate last read ends", [
        ...this.#ofCertificates(({ notAfter }) => notAfter),
      ]),
      family("certificate_renewals_total", "counter", "Certificates renewed", [...this.#certificateRenewals]),
      family("certificate_renewal_failures_total", "counter", "Renewals of certificates that failed, by error code", [
        ...this.#certificateFailures,
      ]),
      family("certificate_start_timestamp_seconds", "gauge", "When the certificate last read begins", [
        ...this.#ofCertificates(({ notBefore }) => notBefore),
      ]),
      family("renewals_total", "counter", "Sessions obtained", [...this.#renewals]),
      family("renewal_failures_total", "counter", "Renewals that failed, by error code", [...this.#failures]),
      family("requests_total", "counter", "Requests answered, by route and status", this.#ofRequests()),
      family("metadata_tokens", "gauge", "Metadata service tokens held", [["", metadataTokens]]),
      family("connections", "gauge", "Open connections", [["", connections]]),
    ].join("");
  }
}

type Sample = readonly [labels: string, value: number];

function line(session: string, value: number): Sample {
  return [formatLabels({ session }), value];
}

function family(name: string, type: "counter" | "gauge", help: string, samples: readonly Sample[]): string {
  const full = `rolesanywhere_ts_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll(/[\\"]/g, "\\$&")}"`);
  return `{${pairs.join(",")}}`;
}

function count(counter: Map<string, number>, key: string): void {
  counter.set(key, (counter.get(key) ?? 0) + 1);
}
