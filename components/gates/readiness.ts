import { describeMs, type Clock } from "../model/clock";
import type { Slot } from "../model/words";
import type { Condition, Driver, InstanceCondition } from "../platforms/driver";
import type { GateSettings } from "../resources/inputs";
import type { CheckResult } from "./evidence";

/** What readiness is asked of. */
export interface Subject {
  slot: Slot;
  /** The release id that must run there. */
  release: string;
  /** Instances that must be ready: the slot's own count, and not fewer than the live slot has now. */
  replicas: number;
}

/** Waits until every instance runs the release and answers its health path `successes` times in a row. */
export async function readiness(
  driver: Driver,
  subject: Subject,
  gate: GateSettings,
  deadline: number,
  clock: Clock,
): Promise<CheckResult> {
  const rows = new Map<string, number>();
  const started = clock.now();
  for (;;) {
    const condition = await driver.condition(subject.slot);
    const lines: string[] = [];
    let ready = 0;
    await Promise.all(
      condition.instances.map(async (instance) => {
        const problem = await ask(driver, subject.slot, instance, gate);
        const row = problem === undefined ? (rows.get(instance.name) ?? 0) + 1 : 0;
        rows.set(instance.name, row);
        if (row >= gate.successes) ready += 1;
        else lines.push(`${instance.name}: ${problem ?? `${row} of ${gate.successes} answers in a row`}`);
      }),
    );
    const problem = mismatch(condition, subject);
    if (problem === undefined && ready >= subject.replicas && lines.length === 0) {
      return { name: "readiness", verdict: "pass", detail: `${ready} of ${subject.replicas} instances ready` };
    }
    if (clock.now() + gate.intervalMs > deadline) {
      const detail = [
        `${ready} of ${subject.replicas} instances ready after ${describeMs(clock.now() - started)}`,
        ...(problem === undefined ? [] : [problem]),
        ...lines.sort(),
      ].join("\n  ");
      return { name: "readiness", verdict: "timeout", detail };
    }
    await clock.sleep(gate.intervalMs);
  }
}

async function ask(
  driver: Driver,
  slot: Slot,
  instance: InstanceCondition,
  gate: GateSettings,
): Promise<string | undefined> {
  if (!instance.running) return instance.problem ?? "not running";
  const url = `GET ${instance.address}${gate.path}`;
  try {
    const probe = { method: "GET", path: gate.path, timeoutMs: gate.timeoutMs };
    const answer = await driver.probeInstance(slot, instance.name, probe);
    if (answer.status >= 200 && answer.status < 300) return undefined;
    return `${url} → ${answer.status} ${JSON.stringify(answer.body.slice(0, 120))}`;
  } catch (error) {
    return `${url} → ${(error as Error).message}`;
  }
}

function mismatch(condition: Condition, subject: Subject): string | undefined {
  if (condition.problem !== undefined) return condition.problem;
  if (condition.release !== subject.release) {
    return `${subject.slot} runs release ${condition.release === "" ? "none" : condition.release}, not ${subject.release}`;
  }
  if (condition.instances.length < subject.replicas) {
    return `${condition.instances.length} instances exist, ${subject.replicas} are needed`;
  }
  return undefined;
}
