import { ScratchStack, type RunResult } from "../../scripts/scratchStack";
import type { Scope } from "../scope";
import type { AskedWaits } from "./waits";

/** The waits of the config below. The bake is short but there, so that what it does besides waiting counts. */
export const ASKED: AskedWaits = {
  bakeMs: 1000,
  steps: 1,
  stepIntervalMs: 0,
  gateSuccesses: 1,
  gateIntervalMs: 50,
  drainMs: 1000,
};

/** A service with a release in each slot, blue serving, on an engine and a state of its own. */
export async function benchStack(scope: Scope): Promise<ScratchStack> {
  const stack = await scope.own(
    () =>
      ScratchStack.create({
        config: {
          gate: {
            interval: `${ASKED.gateIntervalMs}ms`,
            successes: ASKED.gateSuccesses,
            deadline: "20s",
            smoke: [{ path: "/", json: [{ pointer: "/service", equals: "hello" }] }],
          },
          verify: { consecutive: 5 },
          bake: { duration: `${ASKED.bakeMs}ms`, interval: "200ms", noTraffic: "pass" },
          drain: { timeout: `${ASKED.drainMs}ms` },
          // Without a window each way is a full switch, and none the shorter rollback.
          rollback: { window: "0s" },
        },
      }),
    (created) => created.dispose(),
  );
  stack.setRelease("green", "1.1.0");
  await up(stack);
  return stack;
}

/** `pulumi up`. @throws with the engine's words when it fails */
export async function up(stack: ScratchStack): Promise<RunResult> {
  const result = await stack.up();
  if (!result.ok) throw new Error(`pulumi up failed: ${result.error ?? ""}`);
  return result;
}
