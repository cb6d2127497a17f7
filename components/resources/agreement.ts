import type { CutoverRecord } from "../model/record";
import type { Transition } from "../model/transition";
import { all } from "../model/words";
import type { SwitchInputs } from "./inputs";
import { who } from "./who";

/**
 * The record of a route that somebody else moved to where the config wants it. Without it the history would call the route
 * drifted for ever, and refuse the next switch.
 */
export function agreement(news: SwitchInputs, transition: Transition, drift: string, now: number): CutoverRecord {
  const at = new Date(now).toISOString();
  return {
    id: `${at.replace(/[-:.]/g, "")}-agreed`,
    service: news.target.service,
    stack: news.target.stack,
    kind: "repair",
    from: transition.from,
    to: transition.to,
    fromRelease: transition.fromRelease,
    toRelease: transition.toRelease,
    startedAt: at,
    endedAt: at,
    totalMs: 0,
    stages: [{ stage: "RECONCILE", startedAt: at, durationMs: 0, verdict: "pass", detail: `agreed: ${drift}` }],
    written: [],
    weights: all(transition.to),
    completion: "Promoted",
    reason: `moved by somebody else; the config agrees: ${drift}`,
    who: who(),
  };
}
