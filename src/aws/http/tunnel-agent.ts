import type { Socket } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";

/** Drops the connection to a proxy that does not answer when the request is given up; it would keep the process alive. */
export class TunnelAgent extends HttpsProxyAgent<string> {
  override connect(...[request, options]: Parameters<HttpsProxyAgent<string>["connect"]>): Promise<Socket> {
    const givenUp = new AbortController();
    const giveUp = () => givenUp.abort();
    request.once("close", giveUp);
    // The tunnel belongs to the request from here on; an agent may keep it beyond that.
    request.once("proxyConnect", () => request.off("close", giveUp));
    // The connection is made of these at once, before this call returns.
    this.connectOpts = { ...this.connectOpts, signal: givenUp.signal };
    return super.connect(request, options);
  }
}
