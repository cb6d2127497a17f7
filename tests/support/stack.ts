import { ScratchStack, type ScratchOptions } from "../../scripts/scratchStack";

export { ScratchStack as TestStack } from "../../scripts/scratchStack";
export type { ReleaseOptions, RunOptions, RunResult, ScratchOptions } from "../../scripts/scratchStack";

// A test run that is stopped runs no hooks, and what belongs to a stack is made to outlive the process that started it.
for (const [signal, code] of Object.entries({ SIGTERM: 143, SIGINT: 130 })) {
  process.once(signal, () => {
    const disposals = [...ScratchStack.live].map((stack) => stack.dispose());
    void Promise.allSettled(disposals).then((ends) => {
      for (const end of ends) if (end.status === "rejected") console.error(end.reason);
      process.exit(code);
    });
  });
}

/** Gives a test a stack of its own and clears it away afterwards, however the test ends. */
export async function withStack<T>(
  test: (stack: ScratchStack) => Promise<T>,
  options: ScratchOptions = {},
): Promise<T> {
  const stack = await ScratchStack.create(options);
  try {
    return await test(stack);
  } finally {
    await stack.dispose();
  }
}
