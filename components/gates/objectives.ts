import type { Clock } from "../model/clock";
import { forPhase, type Objective } from "../model/objective";
import { versionOf } from "../model/release";
import { monitor } from "../objectives/monitor";
import type { Driver } from "../platforms/driver";
import type { CheckResult } from "./evidence";
import type { Subject } from "./readiness";

/** What the config's own objectives are asked with in a gate. */
export interface GateObjectives {
  objectives: readonly Objective[];
  service: string;
  secrets: Record<string, string>;
}

/** Asks the objectives that the config wants asked before a switch; each once, unless it says how often. */
export async function ownChecks(
  driver: Driver,
  { slot, release }: Subject,
  { objectives, service, secrets }: GateObjectives,
  deadline: number,
  clock: Clock,
): Promise<CheckResult[]> {
  const asked = forPhase(objectives, "gate").map((objective) => ({ ...objective, count: objective.count ?? 1 }));
  if (asked.length === 0) return [];
  const spanMs = Math.max(0, deadline - clock.now());
  const context = { slot, release, version: versionOf(release), service, driver, spanMs };
  const watched = monitor(asked, { ...context, secrets: (name) => secrets[name] }, clock);
  const enough = new AbortController();
  await Promise.race([watched.done, clock.sleep(spanMs, enough.signal)]);
  enough.abort();
  await watched.stop();
  return watched.conclusion().objectives.map(({ name, verdict, detail, effect }) => ({
    name: `objective ${name}`,
    // One that only warns is told, and keeps nothing back.
    verdict: effect === "rollback" ? verdict : "pass",
    detail: effect === "rollback" || verdict === "pass" ? detail : `warning: ${verdict}: ${detail}`,
  }));
}
