import type { Slot, Verdict } from "../model/words";

/** What one check of the gate found. */
export interface CheckResult {
  name: string;
  verdict: Verdict;
  /** One line for people; further lines are indented. */
  detail: string;
}

/** What a gate found out about one release in one slot. It says nothing about any other release or slot. */
export interface Evidence {
  slot: Slot;
  release: string;
  /** ISO time at which it was complete. */
  at: string;
  /** ISO time after which it no longer counts. */
  until: string;
  verdict: Verdict;
  durationMs: number;
  checks: CheckResult[];
}

/** Whether evidence allows this release in this slot to take traffic now. */
export function allows(evidence: Evidence | undefined, slot: Slot, release: string, now: number): boolean {
  return (
    evidence !== undefined &&
    evidence.verdict === "pass" &&
    evidence.slot === slot &&
    evidence.release === release &&
    now >= Date.parse(evidence.at) &&
    now <= Date.parse(evidence.until)
  );
}

/** The worst of several verdicts; no verdict at all is `inconclusive`: no evidence is a failed gate. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  for (const verdict of ["fail", "timeout", "error", "inconclusive"] as const) {
    if (verdicts.includes(verdict)) return verdict;
  }
  return verdicts.length === 0 ? "inconclusive" : "pass";
}
