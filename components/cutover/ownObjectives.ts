import { versionOf } from "../model/release";
import { forPhase } from "../model/objective";
import { breachEvent } from "../notify/event";
import { monitor, type Monitor } from "../objectives/monitor";
import type { Outcome, Run } from "./run";

/** The objectives of the config while a step or the bake is watched. */
export interface OwnObjectives {
  /** What ends the watch at once; undefined while nothing does. */
  breach(): Outcome | undefined;
  /** Aborts as soon as there is a breach, so that nobody sleeps over it. */
  readonly breached: AbortSignal;
  /** Whether data that some of them need may still come. */
  holds(): boolean;
  /** Lets the last measurements end, and judges all of them. */
  conclude(): Promise<Outcome>;
  /** Ends all measuring, and waits for nothing. */
  stop(): void;
}

/** Watches what the config wants watched in this phase; nothing when it wants nothing. */
export function ownObjectives(
  run: Run,
  { phase, durationMs }: { phase: "steps" | "bake"; durationMs: number },
): OwnObjectives {
  const { order, driver, clock, record } = run;
  const objectives = forPhase(order.settings.objectives ?? [], phase);
  const breached = new AbortController();
  if (objectives.length === 0) {
    return {
      breach: () => undefined,
      breached: breached.signal,
      holds: () => false,
      conclude: () => Promise.resolve({ verdict: "pass", detail: "" }),
      stop: () => undefined,
    };
  }
  const counts = new Map<string, number>();
  const { id } = order.toRelease;
  const context = {
    slot: order.to,
    release: id,
    version: versionOf(id),
    service: order.service,
    driver,
    secrets: (name: string) => order.secrets?.[name],
    baseline: { release: order.fromRelease, version: versionOf(order.fromRelease) },
    spanMs: durationMs,
  };
  const watched: Monitor = monitor(objectives, context, clock, ({ objective, verdict, detail, done }) => {
    if (verdict === "pass") return;
    run.say(`${objective}: ${verdict}: ${detail}`);
    if (verdict === "fail") {
      const count = (counts.get(objective) ?? 0) + 1;
      counts.set(objective, count);
      run.news.publish(breachEvent(record, { stage: phase, objective, count, detail }, clock.now()));
    }
    // The monitor takes note of the breach right after this. One that only warns wakes nobody: it does not end the watch.
    if (done !== undefined)
      setImmediate(() => {
        if (watched.breach() !== undefined) breached.abort();
      });
  });
  let concluded = false;
  /** Puts what was found into the record, also when a breach ended the watch. */
  const conclusion = () => {
    const found = watched.conclusion();
    record.objectives = found.objectives.map(({ name, verdict, detail }) => ({ name, verdict, detail }));
    concluded = true;
    return found;
  };
  /** Not waited for: a source that does not let go must not hold up the way back. */
  const end = () => {
    watched.stop().catch((error: unknown) => run.say(`objectives: ${(error as Error).message}`));
  };
  const longestMs = Math.max(...objectives.map(({ timeoutMs }) => timeoutMs));
  return {
    breach() {
      const found = watched.breach();
      return found === undefined ? undefined : { verdict: found.verdict, detail: `${found.name}: ${found.detail}` };
    },
    breached: breached.signal,
    holds: () => watched.holding().length > 0,
    async conclude() {
      const enough = new AbortController();
      await Promise.race([watched.done, clock.sleep(longestMs, enough.signal)]);
      enough.abort();
      const { verdict, detail, warnings, objectives: results } = conclusion();
      end();
      for (const warning of warnings) run.say(`warning: ${warning.name}: ${warning.detail}`);
      if (verdict !== "pass") return { verdict, detail };
      return {
        verdict,
        detail: `${results.length === 1 ? "1 objective" : `${results.length} objectives`} of the config kept`,
      };
    },
    stop() {
      if (!concluded) conclusion();
      end();
    },
  };
}
