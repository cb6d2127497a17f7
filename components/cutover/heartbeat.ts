import { describeMs } from "../model/clock";
import { RouteConflict } from "../platforms/driver";
import type { Run } from "./run";

/**
 * Keeps an unconfirmed change alive for as long as this process lives. If the process dies, nobody renews, and the route
 * falls back by itself. If the route refuses, the run is told that it lost the route.
 */
export function heartbeat(run: Run): { stop(): Promise<void> } {
  const { driver, order, record, clock } = run;
  const { confirmMs } = order.settings;
  const stopped = new AbortController();
  const { signal } = stopped;
  const held = () => !signal.aborted && run.route?.transaction !== undefined;
  const beats = (async () => {
    let kept = clock.now();
    while (!signal.aborted) {
      await clock.sleep(confirmMs / 4, signal);
      if (!held()) {
        kept = clock.now();
        continue;
      }
      try {
        await driver.renew(record.id, confirmMs);
        kept = clock.now();
      } catch (error) {
        // A change that was made permanent meanwhile is no longer open, and not lost.
        if (!held()) continue;
        if (error instanceof RouteConflict) run.lost = `the change is no longer open: ${error.message}`;
        else if (clock.now() - kept > confirmMs) {
          run.lost = `the route could not be confirmed for ${describeMs(clock.now() - kept)}: ${(error as Error).message}`;
        }
      }
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await beats;
    },
  };
}
