import { runGate } from "../gates/gate";
import { systemClock } from "../model/clock";
import type { Driver } from "../platforms/driver";
import type { SwitchInputs } from "./inputs";
import type { Situation } from "./live";

/** A preview must not be slow: what is not ready within this is said to be so. Unit: milliseconds. */
const LONGEST_MS = 10_000;

/**
 * What the gate says now of the slot that is to serve, for a preview. It reads only, and whatever it finds fails no preview:
 * the update asks again. The config's own objectives are not asked: they need secrets and time.
 */
export async function preflight(
  driver: Driver,
  news: SwitchInputs,
  { live, transition }: Situation,
): Promise<string[]> {
  const { to: slot, toRelease, kind } = transition;
  const runs = live?.releases[slot];
  if (live === undefined || runs !== toRelease)
    return [`${slot} does not run ${toRelease} yet: the update will ask it`];
  const { gate } = news.settings;
  if (!gate.enabled) return ["the gate is switched off: nothing is asked"];
  const quick = { ...gate, deadlineMs: Math.min(gate.deadlineMs, LONGEST_MS) };
  const subject = { slot, release: toRelease, replicas: news.releases[slot]?.replicas ?? 1 };
  try {
    const scope = kind === "rollback" ? "readiness" : "full";
    const { verdict, checks } = await runGate(driver, subject, quick, scope, systemClock);
    if (verdict === "pass") return [`nothing would stop it now (${checks.length} checks passed)`];
    return checks
      .filter((check) => check.verdict !== "pass")
      .map(({ name, detail }) => `would stop it now: ${name}: ${detail}`);
  } catch (error) {
    return [`could not be asked: ${(error as Error).message}`];
  }
}
