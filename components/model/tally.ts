import type { Judgement, Objective } from "./objective";
import type { Verdict } from "./words";

/** What the measurements of one objective were so far. */
export interface Tally {
  passed: number;
  failed: number;
  inconclusive: number;
  /** Errors and timeouts. */
  errors: number;
  errorsInARow: number;
  /** What the newest of them was. */
  broken: "error" | "timeout";
  /** Measurements without data that are waited for; `noData: pass` and `fail` count them as what they say. */
  missing: number;
  missingInARow: number;
  /** Measurements that a comparison only gathered values with: they say nothing yet. */
  gathered: number;
  /** The newest measurement of each kind that is not a pass, for people. */
  details: Partial<Record<Verdict | "missing" | "gathering", string>>;
}

export type Limits = Pick<
  Objective,
  "failureLimit" | "inconclusiveLimit" | "consecutiveErrorLimit" | "noData" | "count"
>;

export const NOTHING: Tally = {
  passed: 0,
  failed: 0,
  inconclusive: 0,
  errors: 0,
  errorsInARow: 0,
  broken: "error",
  missing: 0,
  missingInARow: 0,
  gathered: 0,
  details: {},
};

/**
 * Counts one more measurement. `done` is the objective's verdict once nothing that may follow could better it, or enough was
 * measured. Total, and it fails closed: only values that passed make a pass.
 */
export function advance(tally: Tally, found: Judgement, limits: Limits): { tally: Tally; done?: Verdict } {
  const next = count(tally, found, limits);
  const over =
    next.failed > limits.failureLimit ||
    next.errorsInARow > limits.consecutiveErrorLimit ||
    next.inconclusive > limits.inconclusiveLimit;
  const enough = limits.count !== undefined && valued(next) >= limits.count;
  return over || enough ? { tally: next, done: conclude(next, limits).verdict } : { tally: next };
}

function count(tally: Tally, found: Judgement, limits: Limits): Tally {
  if (found.without === "gathering") {
    const details = { ...tally.details, gathering: found.detail };
    return { ...tally, gathered: tally.gathered + 1, errorsInARow: 0, missingInARow: 0, details };
  }
  const missing = found.without === "missing";
  if (missing && limits.noData === "hold") {
    return {
      ...tally,
      missing: tally.missing + 1,
      missingInARow: tally.missingInARow + 1,
      errorsInARow: 0,
      details: { ...tally.details, missing: found.detail },
    };
  }
  const verdict = missing ? (limits.noData === "pass" ? "pass" : "fail") : found.verdict;
  const next: Tally = { ...tally, errorsInARow: 0, missingInARow: 0 };
  if (verdict !== "pass") next.details = { ...tally.details, [verdict]: found.detail };
  if (verdict === "pass") next.passed += 1;
  else if (verdict === "fail") next.failed += 1;
  else if (verdict === "inconclusive") next.inconclusive += 1;
  else {
    next.errors += 1;
    next.broken = verdict;
    next.errorsInARow = tally.errorsInARow + 1;
    // No answer is no news of the data either.
    next.missingInARow = tally.missingInARow;
  }
  return next;
}

/**
 * The verdict over what was measured, when nothing more will be. A pass needs at least one value that passed, every limit
 * kept, `count` measurements where they are asked for, and data to the end.
 */
export function conclude(tally: Tally, limits: Limits): { verdict: Verdict; detail: string } {
  const { passed, failed, inconclusive, errors, missing, broken, details } = tally;
  const of = (verdict: Verdict, reason: string, why = details[verdict]) => ({
    verdict,
    detail: why === undefined ? reason : `${reason}: ${why}`,
  });
  if (failed > limits.failureLimit) return of("fail", `${failed} failed (limit ${limits.failureLimit})`);
  if (tally.errorsInARow > limits.consecutiveErrorLimit)
    return of(broken, `${tally.errorsInARow} errors in a row (limit ${limits.consecutiveErrorLimit})`);
  if (inconclusive > limits.inconclusiveLimit)
    return of("inconclusive", `${inconclusive} inconclusive (limit ${limits.inconclusiveLimit})`);
  if (passed === 0) {
    if (failed > 0) return of("fail", `it failed each time it was measured (${failed})`);
    if (errors > 0) return of(broken, `it could not be measured (${errors} errors)`);
    return of("inconclusive", "nothing is known of it", details.missing ?? details.inconclusive ?? details.gathering);
  }
  const attempts = valued(tally) + errors + missing;
  if (limits.count !== undefined && attempts < limits.count)
    return { verdict: "inconclusive", detail: `${attempts} of ${limits.count} measurements were made` };
  if (tally.missingInARow > limits.consecutiveErrorLimit)
    return of("inconclusive", `the last ${tally.missingInARow} measurements had no data`, details.missing);
  const others = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(inconclusive > 0 ? [`${inconclusive} inconclusive`] : []),
    ...(errors > 0 ? [`${errors} errors`] : []),
    ...(missing > 0 ? [`${missing} without data`] : []),
  ];
  return { verdict: "pass", detail: [`${passed} passed`, ...others].join(", ") };
}

/** Whether all that keeps it from a pass is data that has not come yet. */
export function holds(tally: Tally, limits: Limits): boolean {
  return limits.noData === "hold" && tally.missingInARow > 0 && conclude(tally, limits).verdict === "inconclusive";
}

/** Measurements that gave a value. Errors are none: they say nothing of the release. */
function valued(tally: Tally): number {
  return tally.passed + tally.failed + tally.inconclusive + tally.gathered;
}
