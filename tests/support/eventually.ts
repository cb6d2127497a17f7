const POLL_MS = 50;

/**
 * Waits until a question has an answer other than undefined and false, and gives that answer. The deadline is long, because it
 * only bounds how late a failure is told: a machine that is slow must not make a test wrong.
 *
 * @throws when the deadline is over, or with what `stop` says as soon as it says something.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { deadlineMs = 60_000, stop }: { deadlineMs?: number; stop?: () => string | undefined } = {},
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const reason = stop?.();
    if (reason !== undefined) throw new Error(`${what} did not happen: ${reason}`);
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${deadlineMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
