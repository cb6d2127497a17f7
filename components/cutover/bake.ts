import { RouteConflict } from "../platforms/driver";
import { confirm, type Outcome, type Run } from "./run";
import { watch } from "./watch";

/** Watches the new slot with all the traffic, then makes the change permanent. */
export async function bake(run: Run): Promise<Outcome> {
  const { bake: settings } = run.order.settings;
  const outcome = await watch(run, {
    phase: "bake",
    durationMs: settings.durationMs,
    noTraffic: settings.noTraffic,
    holdLimitMs: settings.holdLimitMs,
  });
  if (outcome.verdict !== "pass") return outcome;
  try {
    await confirm(run);
  } catch (error) {
    if (error instanceof RouteConflict)
      return { verdict: "error", detail: `the switch could not be made permanent: ${error.message}` };
    throw error;
  }
  return outcome;
}
