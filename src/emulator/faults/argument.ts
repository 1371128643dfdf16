import { UsageError } from "../../errors.js";
import { message, perSurface, setting } from "../../message.js";
import { FaultSyntaxError, readFaults } from "./inject.js";
import type { Fault } from "./inject.js";

/**
 * Parses a fault argument: an object, or text such as `CreateSession:throttling*2`.
 *
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseFaultArgument(argument: string | Fault): Fault {
  try {
    return readFaults(argument)[0] as Fault;
  } catch (error) {
    if (!(error instanceof FaultSyntaxError)) throw error;
    throw new UsageError("ERR_ARGUMENT", message`invalid argument for ${setting("fault")}: ${error.message}`, {
      hints: [
        perSurface({
          commandLine: "write --fault latency=500, or --fault 'CreateSession:throttling*2' for the next two requests",
          library: 'write faults: ["latency=500"], or ["CreateSession:throttling*2"] for the next two requests',
        }),
      ],
    });
  }
}
