import type { Clock } from "../model/clock";
import { compare } from "../model/compare";
import { measurementsIn } from "../model/contradictions";
import { judge, type Judgement, type Objective, type Sample } from "../model/objective";
import { advance, conclude, holds, NOTHING, type Limits, type Tally } from "../model/tally";
import { other, type Verdict } from "../model/words";
import { worst } from "../gates/evidence";
import type { MonitorContext, ObjectiveMeasurement } from "./monitor";
import { SampleTimeout, type SampleContext, type Source } from "./source";
import { sourceOf } from "./sources/sourceOf";

/** A source has its own deadline, and its error says more; this is for one that does not keep it. */
const BACKSTOP_MS = 250;

/** One objective while it is watched: its schedule, its sources and its tally. */
export class Watched {
  tally: Tally = NOTHING;
  /** Its verdict, once more measurements cannot change it. */
  done: Verdict | undefined;
  /** A measurement that has not come back, although its time may be over. */
  pending: Promise<unknown> | undefined;
  private readonly source: Source;
  private readonly baseline: Source | undefined;
  private readonly values: { candidate: number[]; baseline: number[] } = { candidate: [], baseline: [] };
  /** While it runs; without an explicit count as many as fit into the time are enough. */
  private readonly limits: Limits;
  private primed = false;

  constructor(
    readonly objective: Objective,
    private readonly context: MonitorContext,
    private readonly clock: Clock,
    private readonly tell: (measurement: ObjectiveMeasurement) => void,
  ) {
    const make = context.sourceOf ?? sourceOf;
    this.source = make(objective.source);
    this.baseline = objective.compare === undefined ? undefined : make(objective.source);
    const fits = context.spanMs === undefined ? undefined : Math.max(1, measurementsIn(objective, context.spanMs));
    const count = objective.count ?? fits;
    this.limits = count === undefined ? objective : { ...objective, count };
  }

  /** Measures once an interval until it is decided or stopped. A measurement that took longer is not made up for. */
  async run(stopped: AbortSignal): Promise<void> {
    const { initialDelayMs, intervalMs } = this.objective;
    const base = this.clock.now() + initialDelayMs;
    await this.clock.sleep(initialDelayMs, stopped);
    // What fails here is tried again, and told, when the first measurement is due.
    if (!isOver(stopped)) await this.prime(stopped).catch(() => undefined);
    for (let turn = 1; this.done === undefined;) {
      await this.clock.sleep(base + turn * intervalMs - this.clock.now(), stopped);
      if (isOver(stopped)) return;
      const found = await this.measure(stopped);
      // What the end cut off says nothing about the release.
      if (isOver(stopped)) return;
      this.take(found);
      turn = Math.max(turn + 1, Math.ceil((this.clock.now() - base) / intervalMs));
    }
  }

  conclusion(): { verdict: Verdict; detail: string } {
    return conclude(this.tally, this.objective);
  }

  /** Whether it waits for data, and would be decided by nothing but that. */
  holding(): boolean {
    return this.done === undefined && holds(this.tally, this.objective);
  }

  private take(found: Measured): void {
    const { tally, done } = advance(this.tally, found, this.limits);
    this.tally = tally;
    this.done = done;
    const { name } = this.objective;
    this.tell({ objective: name, at: this.clock.now(), ...found, ...(done === undefined ? {} : { done }) });
  }

  private async measure(stopped: AbortSignal): Promise<Measured> {
    try {
      if (!this.primed) {
        await this.prime(stopped);
        const detail = "the first reading: the next ones are compared with it";
        return { verdict: "inconclusive", without: "gathering", detail };
      }
      const [mine, theirs] = await this.inTime(stopped, (signal) =>
        Promise.all([this.source.sample(this.contextOf(signal)), this.baseline?.sample(this.baselineContext(signal))]),
      );
      return this.judge(mine, theirs);
    } catch (error) {
      const verdict = error instanceof SampleTimeout ? "timeout" : "error";
      return { verdict, detail: (error as Error).message };
    }
  }

  private async prime(stopped: AbortSignal): Promise<void> {
    await this.inTime(stopped, (signal) =>
      Promise.all([this.source.prime?.(this.contextOf(signal)), this.baseline?.prime?.(this.baselineContext(signal))]),
    );
    this.primed = true;
  }

  private judge(mine: Sample, theirs: Sample | undefined): Measured {
    const { pass, fail, compare: wanted } = this.objective;
    const values = {
      ...("value" in mine ? { value: mine.value } : {}),
      ...(theirs !== undefined && "value" in theirs ? { baseline: theirs.value } : {}),
    };
    const judged = judge(mine, this.objective);
    if (wanted === undefined || theirs === undefined || !("value" in mine) || Number.isNaN(mine.value))
      return { ...judged, ...values };
    const own = pass === undefined && fail === undefined ? undefined : judged;
    const slot = other(this.context.slot);
    if (!("value" in theirs)) {
      const missing: Judgement = { verdict: "inconclusive", without: "missing", detail: `${slot}: ${theirs.missing}` };
      return { ...(own === undefined || own.verdict === "pass" ? missing : own), ...values };
    }
    if (Number.isNaN(theirs.value)) return { verdict: "error", detail: `${slot}: NaN is no value`, ...values };
    this.values.candidate.push(mine.value);
    this.values.baseline.push(theirs.value);
    const compared = compare(this.values.candidate, this.values.baseline, wanted);
    if (this.values.candidate.length < wanted.minSamples) {
      const gathering: Judgement = { verdict: "inconclusive", without: "gathering", detail: compared.detail };
      return { ...(own === undefined || own.verdict === "pass" ? gathering : own), ...values };
    }
    if (own === undefined) return { verdict: compared.verdict, detail: compared.detail, ...values };
    const verdict = worst([own.verdict, compared.verdict]);
    return { verdict, detail: `${own.detail}; ${compared.detail}`, ...values };
  }

  /** Runs one reading with its deadline. What does not come back is left alone, but no other is begun beside it. */
  private async inTime<T>(stopped: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.objective;
    if (this.pending !== undefined) throw new SampleTimeout("the measurement before has still not come back");
    const cut = new AbortController();
    const wake = new AbortController();
    const stop = () => {
      cut.abort();
      wake.abort();
    };
    stopped.addEventListener("abort", stop);
    const running = work(cut.signal);
    const back = () => (this.pending = undefined);
    this.pending = running.then(back, back);
    const deadline = this.clock.sleep(timeoutMs + BACKSTOP_MS, wake.signal).then(() => {
      if (stopped.aborted) throw new Error("stopped");
      throw SampleTimeout.after(`the source (${this.objective.source.kind})`, timeoutMs);
    });
    try {
      return await Promise.race([running, deadline]);
    } finally {
      stopped.removeEventListener("abort", stop);
      stop();
    }
  }

  private contextOf(signal: AbortSignal): SampleContext {
    const { slot, release, version, service, driver, secrets } = this.context;
    const { intervalMs, timeoutMs } = this.objective;
    return { slot, release, version, service, driver, secrets, intervalMs, timeoutMs, clock: this.clock, signal };
  }

  private baselineContext(signal: AbortSignal): SampleContext {
    const { baseline, slot } = this.context;
    if (baseline === undefined) throw new Error("there is no active slot to compare with");
    return { ...this.contextOf(signal), slot: other(slot), ...baseline };
  }
}

/** A function, since the compiler takes a signal that was looked at once to stay as it was. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

type Measured = Judgement & Pick<ObjectiveMeasurement, "value" | "baseline">;
