import { describeThrown } from "../errors.ts";
import { Logger } from "../platform/log.ts";
import { endBy, onTermination } from "../platform/signals.ts";

const logger = new Logger("StreamingContext");

/** Ends the process, when it is asked to end, after `stop`. Returns what undoes this. */
export function stopOnShutdown(stop: () => Promise<void>): () => void {
  return onTermination((signal) => {
    logger.info(`Stopping gracefully: the process was sent ${signal}`);
    stop()
      .catch((error: unknown) => logger.error(`The graceful stop failed: ${describeThrown(error)}`))
      .finally(() => endBy(signal));
  });
}
