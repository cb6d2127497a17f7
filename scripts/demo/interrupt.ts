const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const EXIT_CODE = 130;
/** Longer than any stop of a process, so that this is only for what hangs. */
const CLEAN_UP_WITHIN_MS = 20_000;

/** One Ctrl-C may arrive twice, from the terminal and from the program that started this one; a person is slower. */
const SAME_WITHIN_MS = 500;

/**
 * Ctrl-C: cleans up and ends with 130. A second one ends at once. Returns a function that says whether there was a first.
 */
export function onInterrupt(cleanUp: () => Promise<void>): () => boolean {
  let interrupted = false;
  let firstAt = 0;
  const end = (): void => process.exit(EXIT_CODE);
  const handle = (): void => {
    if (interrupted && Date.now() - firstAt > SAME_WITHIN_MS) end();
    if (interrupted) return;
    interrupted = true;
    firstAt = Date.now();
    setTimeout(end, CLEAN_UP_WITHIN_MS);
    cleanUp()
      .catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
      .finally(end);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => interrupted;
}
