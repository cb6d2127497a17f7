import { cutover } from "../../components/cutover/cutover";
import { CutoverFailure } from "../../components/cutover/failure";
import type { CutoverOrder } from "../../components/cutover/run";
import type { CutoverRecord } from "../../components/model/record";
import type { Settings } from "../../components/resources/inputs";
import type { MemoryClock } from "./memoryClock";
import type { MemoryDriver } from "./memoryDriver";

/** Settings of a cutover with one smoke test, a canary step and a bake. */
export function settings(changes: Partial<Settings> = {}): Settings {
  return {
    gate: {
      enabled: true,
      path: "/health",
      successes: 2,
      intervalMs: 1000,
      timeoutMs: 2000,
      deadlineMs: 30_000,
      retries: 1,
      ttlMs: 600_000,
      smoke: [{ name: "home", method: "GET", path: "/", headers: {}, status: 200, json: [] }],
      maxRestarts: 0,
    },
    steps: [100],
    stepIntervalMs: 10_000,
    confirmMs: 15_000,
    onDrift: "refuse",
    verify: { path: "/health", consecutive: 10, timeoutMs: 20_000 },
    bake: {
      durationMs: 30_000,
      intervalMs: 5000,
      failureLimit: 1,
      maxErrorPercent: 1,
      maxP95Ms: 500,
      maxRestarts: 0,
      minRequests: 1,
      noTraffic: "hold",
      holdLimitMs: 60_000,
    },
    drainMs: 10_000,
    rollbackWindowMs: 3_600_000,
    keep: 50,
    ...changes,
  };
}

/** A switch from blue to green. */
export function order(changes: Partial<CutoverOrder> = {}): CutoverOrder {
  return {
    service: "shop",
    stack: "test",
    kind: "switch",
    from: "blue",
    to: "green",
    fromRelease: "1.0.0-aaaaaaaaaaaa",
    toRelease: { id: "1.1.0-bbbbbbbbbbbb", version: "1.1.0", artefact: `sha256:${"b".repeat(64)}`, replicas: 2 },
    settings: settings(),
    who: "tester",
    ...changes,
  };
}

/** How a cutover ended: with its record, with an error, or not at all because its process was killed. */
export interface Ending {
  record?: CutoverRecord;
  failure?: CutoverFailure;
  error?: Error;
  killed: boolean;
  said: string[];
}

export async function runCutover(driver: MemoryDriver, clock: MemoryClock, wanted: CutoverOrder): Promise<Ending> {
  const said: string[] = [];
  try {
    const work = cutover(driver, wanted, clock, (line) => said.push(line));
    const record = await clock.run(work, () => driver.dead);
    return record === undefined ? { killed: true, said } : { record, killed: false, said };
  } catch (error) {
    if (error instanceof CutoverFailure) return { failure: error, record: error.record, error, killed: false, said };
    return { error: error as Error, killed: false, said };
  }
}
