import type { SvidFeed } from "../source.js";
import type { SvidRequest } from "./request.js";
import type { Svid } from "./svid.js";
import type { SvidStream } from "./svid-stream.js";

/**
 * Keeps the SVIDs of agents up to date in a long-running program: one stream to each agent, opened when its first SVID
 * is wanted. Does not keep the process alive.
 */
export class AgentFeed {
  readonly #signal: AbortSignal;
  readonly #streams = new Map<string, Promise<SvidStream>>();
  readonly #followers = new Set<() => void>();

  /** @param signal Ends all streams. */
  constructor(signal: AbortSignal = new AbortController().signal) {
    this.#signal = signal;
  }

  /**
   * Creates the feed of one session.
   *
   * @param onRotated Called when the agent sends another SVID than the session was made with, or at last sends one.
   */
  follow(onRotated: () => void): SvidFeed {
    let given: string | undefined;
    let findHeld: () => Svid | undefined = () => undefined;
    let asking = 0;
    this.#followers.add(() => {
      const found = asking > 0 ? undefined : findHeld();
      if (found === undefined || fingerprint(found) === given) return;
      given = fingerprint(found);
      onRotated();
    });
    return {
      latest: async (request) => {
        asking++;
        try {
          const stream = await this.#open(request);
          const { chooseSvid, findSvid } = await import("./svid.js");
          findHeld = () => findSvid(stream.held() ?? [], request);
          const svid = chooseSvid(await stream.current(), request);
          given = fingerprint(svid);
          return svid;
        } catch (error) {
          given = undefined;
          throw error;
        } finally {
          asking--;
        }
      },
    };
  }

  #open(request: SvidRequest): Promise<SvidStream> {
    const known = this.#streams.get(request.address);
    if (known !== undefined) return known;
    const opened = import("./svid-stream.js").then(
      ({ SvidStream }) => new SvidStream({ request, signal: this.#signal, onChange: () => this.#tell() }),
    );
    this.#streams.set(request.address, opened);
    return opened;
  }

  #tell(): void {
    for (const follower of this.#followers) follower();
  }
}

function fingerprint({ certificates }: Svid): string {
  return Buffer.from(certificates).toString("base64");
}
