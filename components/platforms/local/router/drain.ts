import type { Drained } from "./api";
import { Refusal } from "./route";
import type { SlotPool } from "./slotPool";

/**
 * Waits until no public request and no upgraded connection is under way on a slot, and cuts what is left at the deadline.
 * Nothing is cut when the caller goes away before, or when the slot gets weight again.
 */
export function drain(pool: SlotPool, deadlineMs: number, weight: () => number, signal: AbortSignal): Promise<Drained> {
  const begun = performance.now();
  const before = new Set(pool.underWay);
  const answer = (cut: number): Drained => ({
    finished: before.size - cut,
    cut,
    waitedMs: Math.round(performance.now() - begun),
  });
  return new Promise((resolve, reject) => {
    let over = false;
    const once = (end: () => void) => (): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      end();
    };
    const timer = setTimeout(
      once(() => {
        if (weight() > 0) {
          reject(
            new Refusal(
              409,
              `${pool.slot} got ${weight()} % of the traffic again while it was drained; nothing was cut`,
            ),
          );
          return;
        }
        const left = [...pool.underWay];
        for (const work of left) work.cut();
        resolve(answer(left.filter((work) => before.has(work)).length));
      }),
      deadlineMs,
    );
    signal.addEventListener(
      "abort",
      once(() => reject(new Refusal(409, "the caller went away; nothing was cut"))),
    );
    pool.whenIdle(once(() => resolve(answer(0))));
  });
}
