import { lostAfter } from "./reconcile";
import { RouteConflict } from "../platforms/driver";
import type { Run } from "./run";

/**
 * Keeps an unconfirmed change alive for as long as this process lives. If the process dies, nobody renews, and the route
 * falls back by itself. If the route refuses, the run is told that it lost the route.
 */
export function heartbeat(run: Run): { stop(): Promise<void> } {
  const { driver, order, record, clock } = run;
  const { confirmMs } = order.settings;
  let stopped = false;
  let lastKept = clock.now();
  let beating: Promise<void> = Promise.resolve();
  const beat = async () => {
    if (stopped || run.route?.transaction === undefined) return;
    try {
      await driver.renew(record.id, confirmMs);
      lastKept = clock.now();
    } catch (error) {
      if (error instanceof RouteConflict) run.lost = `the change is no longer open: ${error.message}`;
      else if (clock.now() - lastKept > confirmMs) run.lost = lostAfter(confirmMs);
    }
  };
  const timer = setInterval(() => {
    beating = beating.then(beat);
  }, confirmMs / 4);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await beating;
    },
  };
}
