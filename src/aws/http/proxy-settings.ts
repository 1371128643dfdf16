export interface ProxySettings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** URL of the proxy, empty for none; default: as the environment names it. */
  readonly proxy?: string | undefined;
}

/** Whether a proxy is named at all; most runs need no more of them. */
export function namesProxy({ variables, proxy }: ProxySettings): boolean {
  if (proxy !== undefined) return proxy !== "";
  return ["http_proxy", "https_proxy", "all_proxy"].some((name) =>
    [variables[name], variables[name.toUpperCase()]].some((value) => value !== undefined && value !== ""),
  );
}
