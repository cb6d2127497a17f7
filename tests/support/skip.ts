import { Test } from "mocha";
import type { Context } from "mocha";

/**
 * Skips the present test, or from a `before` hook the whole suite, and says why. The reason travels in the title, the one
 * thing of a test that mocha hands to a reporter from another process; the runner lists it at the end.
 */
export function skip(context: Context, reason: string): never {
  const { currentTest, test: runnable } = context;
  const wholeSuite = runnable?.title.startsWith('"before all"') === true;
  const skipped = wholeSuite ? runnable.parent : (currentTest ?? (runnable instanceof Test ? runnable : undefined));
  if (skipped !== undefined) skipped.title += ` (skipped: ${reason})`;
  return context.skip();
}
