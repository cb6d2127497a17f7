import type { CutoverRecord } from "../../components/model/record";

/** The lengths of time in the config that a switch spends waiting, ms. */
export interface AskedWaits {
  bakeMs: number;
  /** Between the steps of a rollout; the plain switch has one step and no such wait. */
  steps: number;
  stepIntervalMs: number;
  /** Between the answers in a row that make an instance ready. */
  gateSuccesses: number;
  gateIntervalMs: number;
  drainMs: number;
}

/** Readiness is asked by Gate before the cutover, and by the cutover itself once more. */
const TIMES_READINESS_IS_ASKED = 2;

/**
 * How much of a switch was waiting because the config says so: never more than what was asked for, and never more than
 * what was in truth waited. All else is the program's own time.
 */
export function askedWaiting(record: Pick<CutoverRecord, "stages" | "drained">, asked: AskedWaits): number {
  const took = (stage: string) => record.stages.find((one) => one.stage === stage)?.durationMs ?? 0;
  const bake = Math.min(asked.bakeMs, took("BAKE_TIME"));
  const steps = Math.min((asked.steps - 1) * asked.stepIntervalMs, took("PRODUCTION_TRAFFIC_SHIFT"));
  const gate = TIMES_READINESS_IS_ASKED * (asked.gateSuccesses - 1) * asked.gateIntervalMs;
  const drain = Math.min(asked.drainMs, record.drained?.waitedMs ?? 0);
  return bake + steps + gate + drain;
}
