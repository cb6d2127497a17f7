export interface Backoff {
  /** The first wait. Unit: milliseconds. */
  initialMs: number;
  /** The longest wait. Unit: milliseconds. */
  maxMs: number;
  /** An instance that ran this long before it crashed starts from the first wait again. Unit: milliseconds. */
  resetAfterMs: number;
}

/**
 * How long a crashed instance waits for its restart.
 *
 * @param crashes How many crashes in a row came before this one, none of them after `resetAfterMs` of running.
 * @param ranMs How long it ran this time.
 * @returns The wait, and the count to hand in at the next crash.
 */
export function nextWait(backoff: Backoff, crashes: number, ranMs: number): { waitMs: number; crashes: number } {
  const before = ranMs >= backoff.resetAfterMs ? 0 : crashes;
  return { waitMs: Math.min(backoff.maxMs, backoff.initialMs * 2 ** Math.min(before, 40)), crashes: before + 1 };
}
