import { startLoad, type Load, type LoadReport } from "../../scripts/load";
import type { ScratchStack } from "../../scripts/scratchStack";
import { eventually } from "./eventually";

/** Enough to meet every gap between two answers, and little enough for a machine that others use too. */
const PER_SECOND = 120;

/** Runs something while requests come in on the public address, and says how they fared. */
export async function underLoad<T>(
  stack: ScratchStack,
  during: (load: Load) => Promise<T>,
  { ratePerSecond = PER_SECOND, path = "/" } = {},
): Promise<{ result: T; load: LoadReport }> {
  const load = startLoad({ url: stack.url, path, ratePerSecond, connections: 40 });
  try {
    await eventually("an answer under load", () => load.snapshot().answered > 0);
    const result = await during(load);
    return { result, load: await load.stop() };
  } finally {
    const { sent, failed, failures } = await load.stop();
    console.log(`        sent ${sent}, failed ${failed}${failed === 0 ? "" : ` ${JSON.stringify(failures)}`}`);
  }
}

/** How the next few hundred requests fare while nothing else happens. */
export async function someLoad(stack: ScratchStack): Promise<LoadReport> {
  const enough = (load: Load) => eventually("200 answers", () => load.snapshot().answered >= 200);
  return (await underLoad(stack, enough)).load;
}
