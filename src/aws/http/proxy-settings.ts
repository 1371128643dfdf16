export interface ProxySettings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** URL of the proxy, empty for none; default: from the environment. */
  readonly proxy?: string | undefined;
}

/** Tells whether any proxy is set; most runs need no other code for proxies. */
export function namesProxy({ variables, proxy }: ProxySettings): boolean {
  if (proxy !== undefined) return proxy !== "";
  return ["http_proxy", "https_proxy", "all_proxy"].some((name) =>
    [variables[name], variables[name.toUpperCase()]].some((value) => value !== undefined && value !== ""),
  );
}
