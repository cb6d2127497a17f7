import { abortRequested, promoteRequested } from "../approval/decision";
import type { Run } from "./run";

const LOOK_EVERY_MS = 1000;

/**
 * Looks for what people wish while a cutover runs: `bluegreen abort` makes it go back, `bluegreen promote` skips what is left to
 * watch. A wish that cannot be read is asked for again, and holds nothing up.
 */
export function heedWishes(run: Run): { signal: AbortSignal; stop(): Promise<void> } {
  const { driver, clock, order, record } = run;
  const aborted = new AbortController();
  const stopped = new AbortController();
  const heeds = order.kind === "switch" || order.kind === "repair";
  const looks = (async () => {
    let said = "";
    while (heeds && !stopped.signal.aborted && run.aborted === undefined) {
      await clock.sleep(LOOK_EVERY_MS, stopped.signal);
      try {
        const decisions = await driver.decisions.read(record.id);
        const abort = abortRequested(decisions);
        if (abort !== undefined) {
          const why = abort.reason === undefined ? "" : `: ${abort.reason}`;
          run.aborted = `aborted by ${abort.by}${why}`;
          run.lost ??= run.aborted;
          aborted.abort();
        }
        const promote = promoteRequested(decisions);
        if (promote !== undefined) run.promoted = `promoted by ${promote.by}`;
      } catch (error) {
        const problem = (error as Error).message;
        if (problem !== said) run.say(problem);
        said = problem;
      }
    }
  })();
  return {
    signal: aborted.signal,
    async stop() {
      stopped.abort();
      await looks;
    },
  };
}
