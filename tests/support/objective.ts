import type { Objective } from "../../components/model/objective";
import type { SampleContext } from "../../components/objectives/source";
import { systemClock, type Clock } from "../../components/model/clock";
import type { Driver } from "../../components/platforms/driver";
import { MemoryClock } from "./memoryClock";
import { MemoryDriver } from "./memoryDriver";

/** An objective that asks for values below 1 every 5 s. */
export function objective(changes: Partial<Objective> = {}): Objective {
  const whole: Objective = {
    name: "errors",
    source: { kind: "route", figure: "errorPercent", minRequests: 1 },
    initialDelayMs: 0,
    intervalMs: 5000,
    timeoutMs: 2000,
    failureLimit: 0,
    inconclusiveLimit: 0,
    consecutiveErrorLimit: 4,
    onBreach: "rollback",
    dryRun: false,
    noData: "hold",
    when: ["steps", "bake"],
    ...changes,
  };
  const conditional = changes.pass !== undefined || changes.fail !== undefined || changes.compare !== undefined;
  return conditional ? whole : { ...whole, pass: "< 1" };
}

/** A sample of the green slot's release in `MemoryDriver`. */
export function sampleContext(
  changes: Partial<SampleContext> = {},
  parts: { clock?: Clock; driver?: Driver } = {},
): SampleContext {
  return {
    slot: "green",
    release: "1.1.0-bbbbbbbbbbbb",
    version: "1.1.0",
    service: "shop",
    driver: parts.driver ?? new MemoryDriver(new MemoryClock()),
    intervalMs: 5000,
    timeoutMs: 30_000,
    secrets: () => undefined,
    clock: parts.clock ?? systemClock,
    ...changes,
  };
}

/** The message of the error that a promise rejects with. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}
