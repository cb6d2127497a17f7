/** Signals that ask to stop, from now on until `end`. */
export interface Interrupts {
  signal: AbortSignal;
  /** For what has to be told to the engine; a terminal sends Ctrl-C to it as well, and two of them would stop it at once. */
  engineSignal: AbortSignal;
  end: () => void;
}

/**
 * Ctrl-C lets the engine stop where it is safe, and this process wait for it: dying first would leave the config as it was set for
 * an update that did not happen. A second one ends it at once.
 */
export function interrupts(say: (line: string) => void): Interrupts {
  const controller = new AbortController();
  const engine = new AbortController();
  const asked = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    say(`${signal}: stopping where it is safe; once more to stop at once`);
    controller.abort();
    if (signal !== "SIGINT" || !process.stdin.isTTY) engine.abort();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, asked);
  return {
    signal: controller.signal,
    engineSignal: engine.signal,
    end: () => {
      for (const signal of signals) process.off(signal, asked);
    },
  };
}
