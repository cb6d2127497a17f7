/** Waits until the question has an answer other than undefined and false, and gives it. */
export async function until<T>(
  what: string,
  question: () => T | Promise<T>,
  withinMs = 30_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
