import { worst } from "../gates/evidence";
import type { Clock } from "../model/clock";
import type { Judgement, Objective, SourceSettings } from "../model/objective";
import type { Tally } from "../model/tally";
import type { Verdict } from "../model/words";
import type { SampleContext, Source } from "./source";
import { Watched } from "./watched";

/** Of what the objectives are watched, and with what. */
export interface MonitorContext extends Pick<
  SampleContext,
  "slot" | "release" | "version" | "service" | "driver" | "secrets"
> {
  /** What runs in the other slot; needed for comparisons. */
  baseline?: { release: string; version: string };
  /** How long the phase is meant to last: as many measurements as fit are made. Default: until it is stopped. Unit: ms. */
  spanMs?: number;
  /** Default: by the objective's settings. */
  sourceOf?: (settings: SourceSettings) => Source;
}

/** One measurement, for the person who waits and for the record. */
export interface ObjectiveMeasurement extends Judgement {
  objective: string;
  /** Milliseconds since the epoch. */
  at: number;
  value?: number;
  /** The other slot's value, in a comparison. */
  baseline?: number;
  /** The objective's verdict, when this measurement decided it. */
  done?: Verdict;
}

export interface ObjectiveResult {
  name: string;
  verdict: Verdict;
  detail: string;
  /** What its verdict does when it is no pass. */
  effect: "rollback" | "warn" | "none";
  tally: Tally;
}

export interface Conclusion {
  /** The worst verdict of the objectives that may take a release back; a pass when there is none of them. */
  verdict: Verdict;
  /** Why it is no pass. */
  detail: string;
  /** Objectives that are no pass, but only warn. */
  warnings: ObjectiveResult[];
  objectives: ObjectiveResult[];
}

export interface Monitor {
  /** The first objective that is beyond recovery and may take the release back. */
  breach(): { name: string; verdict: Verdict; detail: string } | undefined;
  /** Names of the objectives that would be no pass now, but only for lack of data that may still come. */
  holding(): string[];
  /** Ends when every objective is decided or the monitor is stopped. Never rejects. */
  readonly done: Promise<void>;
  /** Ends all measuring, kills what a measurement started, and waits for that for some seconds at most. */
  stop(): Promise<void>;
  /** The verdict over what was measured so far. */
  conclusion(): Conclusion;
}

/** How long a stop waits for a measurement that does not come back. */
const STOP_MS = 5000;

/**
 * Watches objectives, each on its own schedule: one that hangs or fails holds up no other. Watching begins at once.
 *
 * @param onMeasurement told of each measurement; an objective for which it throws is an error.
 */
export function monitor(
  objectives: readonly Objective[],
  context: MonitorContext,
  clock: Clock,
  onMeasurement: (measurement: ObjectiveMeasurement) => void = () => undefined,
): Monitor {
  const stopped = new AbortController();
  let breached: ReturnType<Monitor["breach"]>;
  const all = objectives.map((objective) => new Watched(objective, context, clock, onMeasurement));
  const broken = new Map<Watched, string>();
  const note = (watched: Watched) => {
    const { name, verdict, detail, effect } = resultOf(watched, broken.get(watched));
    const decided = watched.done !== undefined || broken.has(watched);
    if (decided && verdict !== "pass" && effect === "rollback") breached ??= { name, verdict, detail };
  };
  const runs = all.map(async (watched) => {
    try {
      await watched.run(stopped.signal);
    } catch (error) {
      broken.set(watched, (error as Error).message);
    }
    note(watched);
  });
  return {
    breach: () => breached,
    holding: () => all.filter((watched) => watched.holding()).map(({ objective }) => objective.name),
    done: Promise.all(runs).then(() => undefined),
    async stop() {
      stopped.abort();
      await Promise.all(runs);
      const left = all.map((watched) => watched.pending).filter((pending) => pending !== undefined);
      if (left.length === 0) return;
      const enough = new AbortController();
      await Promise.race([Promise.all(left), clock.sleep(STOP_MS, enough.signal)]);
      enough.abort();
    },
    conclusion: () => concluded(all.map((watched) => resultOf(watched, broken.get(watched)))),
  };
}

function resultOf(watched: Watched, problem: string | undefined): ObjectiveResult {
  const { objective, tally } = watched;
  const found =
    problem === undefined
      ? watched.conclusion()
      : { verdict: "error" as const, detail: `it could not be watched: ${problem}` };
  const verdict = problem === undefined ? (watched.done ?? found.verdict) : found.verdict;
  return { name: objective.name, verdict, detail: found.detail, effect: effectOf(objective), tally };
}

function effectOf({ dryRun, onBreach }: Objective): ObjectiveResult["effect"] {
  return dryRun ? "none" : onBreach;
}

function concluded(objectives: ObjectiveResult[]): Conclusion {
  const of = (effect: ObjectiveResult["effect"]) => objectives.filter((result) => result.effect === effect);
  const deciding = of("rollback");
  const verdict = deciding.length === 0 ? "pass" : worst(deciding.map((result) => result.verdict));
  const detail = deciding
    .filter((result) => result.verdict !== "pass")
    .map(({ name, detail: why }) => `${name}: ${why}`)
    .join("\n");
  return { verdict, detail, warnings: of("warn").filter((result) => result.verdict !== "pass"), objectives };
}
