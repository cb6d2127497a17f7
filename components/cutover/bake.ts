import { RouteConflict } from "../platforms/driver";
import type { Outcome, Run } from "./run";
import { watch } from "./watch";

/** Watches the new slot with all the traffic, then makes the change permanent. */
export async function bake(run: Run): Promise<Outcome> {
  const { bake: settings } = run.order.settings;
  const outcome = await watch(run, {
    durationMs: settings.durationMs,
    noTraffic: settings.noTraffic,
    holdLimitMs: settings.holdLimitMs,
  });
  if (outcome.verdict !== "pass") return outcome;
  try {
    await run.driver.commit(run.record.id);
  } catch (error) {
    if (error instanceof RouteConflict)
      return { verdict: "error", detail: `the switch could not be made permanent: ${error.message}` };
    throw error;
  }
  if (run.route !== undefined) delete run.route.transaction;
  return outcome;
}
