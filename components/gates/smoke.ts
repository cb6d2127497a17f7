import { describeMs, type Clock } from "../model/clock";
import type { Slot } from "../model/words";
import type { Answer, Driver } from "../platforms/driver";
import type { GateSettings, SmokeSettings } from "../resources/inputs";
import type { CheckResult } from "./evidence";
import { at } from "./pointer";

/** Sends one smoke request to every instance of the slot, with retries, and judges each answer. */
export async function smoke(
  driver: Driver,
  slot: Slot,
  test: SmokeSettings,
  gate: GateSettings,
  deadline: number,
  clock: Clock,
): Promise<CheckResult> {
  const name = `smoke ${test.name}`;
  const { instances } = await driver.condition(slot);
  if (instances.length === 0) return { name, verdict: "error", detail: "no instance to ask" };
  for (const instance of instances) {
    let problem: string | undefined;
    for (let attempt = 0; attempt <= gate.retries; attempt += 1) {
      if (attempt > 0) await clock.sleep(gate.intervalMs);
      if (clock.now() > deadline)
        return { name, verdict: "timeout", detail: problem ?? "no time left in the gate's deadline" };
      problem = await once(driver, slot, instance.name, test, gate);
      if (problem === undefined) break;
    }
    if (problem !== undefined) {
      const times = gate.retries === 0 ? "" : ` (${gate.retries + 1} times)`;
      return {
        name,
        verdict: "fail",
        detail: `${instance.name}: ${test.method} ${instance.address}${test.path} → ${problem}${times}`,
      };
    }
  }
  return { name, verdict: "pass", detail: `${instances.length} of ${instances.length} instances answered as wanted` };
}

async function once(
  driver: Driver,
  slot: Slot,
  instance: string,
  test: SmokeSettings,
  gate: GateSettings,
): Promise<string | undefined> {
  try {
    const answer = await driver.probeInstance(slot, instance, {
      method: test.method,
      path: test.path,
      headers: test.headers,
      timeoutMs: Math.max(gate.timeoutMs, test.maxLatencyMs ?? 0),
      ...(test.body === undefined ? {} : { body: test.body }),
    });
    return judge(answer, test);
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is wrong with an answer; undefined when nothing is. */
export function judge(answer: Answer, test: SmokeSettings): string | undefined {
  if (answer.status !== test.status) {
    return `status ${answer.status}, wanted ${test.status}: ${JSON.stringify(answer.body.slice(0, 200))}`;
  }
  if (test.maxLatencyMs !== undefined && answer.durationMs > test.maxLatencyMs) {
    return `${describeMs(answer.durationMs)}, wanted at most ${describeMs(test.maxLatencyMs)}`;
  }
  if (test.contains !== undefined && !answer.body.includes(test.contains)) {
    return `body without ${JSON.stringify(test.contains)}: ${JSON.stringify(answer.body.slice(0, 200))}`;
  }
  if (test.json.length === 0) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(answer.body);
  } catch {
    return `body is not JSON: ${JSON.stringify(answer.body.slice(0, 200))}`;
  }
  for (const wanted of test.json) {
    const value = at(body, wanted.pointer);
    if (value === undefined) return `${wanted.pointer} is missing`;
    if (wanted.equals !== undefined && value !== wanted.equals) {
      return `${wanted.pointer} is ${JSON.stringify(value)}, wanted ${JSON.stringify(wanted.equals)}`;
    }
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (wanted.matches !== undefined && !new RegExp(wanted.matches).test(text)) {
      return `${wanted.pointer} is ${JSON.stringify(value)}, wanted a match of /${wanted.matches}/`;
    }
  }
  return undefined;
}
