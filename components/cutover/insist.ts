import type { Clock } from "../model/clock";

/** Milliseconds between the attempts: about 2.5 s in all. */
const PAUSES = [100, 200, 400, 800, 1000];

/**
 * Does what must be done although something may be in the way for a moment; for actions that look before they act, so that
 * doing them again is right.
 *
 * @throws what the last attempt threw.
 */
export async function insist<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await action();
    } catch {
      // The last attempt tells what is wrong.
      await clock.sleep(pause);
    }
  }
  return action();
}
