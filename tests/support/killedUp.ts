import type { ScratchStack } from "../../scripts/scratchStack";
import { eventually } from "./eventually";

/** From the start of an update to any point of it, on a machine that is busy. */
const LONGEST_MS = 90_000;

/**
 * Starts an update and kills its engine, and only that, with SIGKILL as soon as a point is reached. Then waits until the
 * provider, which moves the traffic, has noticed and is gone, and removes the lock as a person does before the next `up`.
 *
 * @throws when the update ends before that point.
 */
export async function killUpAt(
  stack: ScratchStack,
  point: string,
  reached: (output: string) => boolean | Promise<boolean>,
): Promise<void> {
  const run = stack.upProcess();
  let ended: string | undefined;
  void run.done.then(({ code }) => (ended = `the update ended with ${code ?? "a signal"}:\n${run.output}`));
  await eventually(point, () => reached(run.output), { deadlineMs: LONGEST_MS, stop: () => ended });
  run.kill("SIGKILL");
  await run.done;
  const lives = () => stack.processes().some(({ command }) => command.includes("dynamic-provider"));
  await eventually("the end of the provider", () => !lives());
  const { code, stderr } = await stack.cancel();
  if (code !== 0) throw new Error(`pulumi cancel failed: ${stderr}`);
}

/** Whether the cutover under way has left a stage behind. */
export async function hasPassed(stack: ScratchStack, stage: string): Promise<boolean> {
  const [newest] = await stack.records();
  return newest?.completion === undefined && newest?.stages.at(-1)?.stage === stage;
}
