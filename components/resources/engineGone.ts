let watching = false;

/**
 * Ends this process when the engine that started it is gone. A provider that outlived a killed engine would go on with a
 * cutover that nobody waits for, and would keep confirming a change that ought to fall back.
 */
export function endWithEngine(): void {
  if (watching) return;
  watching = true;
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(1);
  }, 250).unref();
}
