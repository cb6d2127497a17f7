import type { Clock } from "../model/clock";
import type { CutoverRecord, StageRecord } from "../model/record";
import type { TransitionKind } from "../model/transition";
import type { Slot, Verdict, Weights } from "../model/words";
import type { Evidence } from "../gates/evidence";
import type { Driver, LiveRoute } from "../platforms/driver";
import type { PlannedRelease, Settings } from "../resources/inputs";
import type { News } from "./news";

/** What a cutover is asked to do. */
export interface CutoverOrder {
  service: string;
  stack: string;
  kind: Exclude<TransitionKind, "none">;
  from: Slot | "none";
  to: Slot;
  fromRelease: string;
  toRelease: PlannedRelease;
  settings: Settings;
  /** What Gate found; used when it still counts, gathered again otherwise. */
  evidence?: Pick<Evidence, "slot" | "release" | "at" | "until" | "verdict">;
  who: string;
  /** Values of the secrets that hooks, objectives and notifications name. In no record, log or output. */
  secrets?: Record<string, string>;
}

/** A cutover while it runs: what each stage is given. */
export interface Run {
  order: CutoverOrder;
  driver: Driver;
  clock: Clock;
  record: CutoverRecord;
  /** Tells the person who waits what happens. */
  say(line: string): void;
  /** Writes the journal. */
  save(): Promise<void>;
  /** The route as this run last read or wrote it; undefined when a write's outcome is not known. */
  route: LiveRoute | undefined;
  /** The weights that were live when the run began. */
  found: Weights | undefined;
  /** Set when the route no longer is this run's to move: an unconfirmed change ran out or somebody else wrote. */
  lost: string | undefined;
  /** Set when a person wants it to end and go back: who and why. */
  aborted: string | undefined;
  /** Set when a person wants the rest of the watching skipped: who. */
  promoted: string | undefined;
  news: News;
}

/** What a stage found. */
export interface Outcome {
  verdict: Verdict;
  detail: string;
}

export type StageAction = (run: Run) => Promise<Outcome>;

/** Notes weights in the journal before they are written, so that a killed cutover's traces can be told from drift. */
export async function announce(run: Run, weights: Weights): Promise<void> {
  run.record.written.push(weights);
  try {
    await run.save();
  } catch (error) {
    run.record.written.pop();
    throw error;
  }
}

/**
 * Makes the open change permanent. From here on nothing renews it: a renewal that is on its way may well be refused, and
 * that is no loss.
 */
export async function confirm(run: Run): Promise<void> {
  if (run.route !== undefined) delete run.route.transaction;
  await run.driver.commit(run.record.id);
}

export function stageRecord(
  stage: StageRecord["stage"],
  startedAt: number,
  clock: Clock,
  outcome: Outcome,
): StageRecord {
  return {
    stage,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: clock.now() - startedAt,
    verdict: outcome.verdict,
    detail: outcome.detail,
  };
}
