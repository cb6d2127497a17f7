import type { Slot } from "../model/words";
import type { Driver } from "../platforms/driver";
import type { GateSettings } from "../resources/inputs";
import type { CheckResult } from "./evidence";

/** Restarts, memory and CPU of every instance against their limits. A figure that is asked for and missing is an error. */
export async function limits(driver: Driver, slot: Slot, gate: GateSettings): Promise<CheckResult[]> {
  const { instances } = await driver.condition(slot);
  const check = (
    name: string,
    limit: number,
    unit: string,
    figure: (i: (typeof instances)[number]) => number | undefined,
  ) => {
    const found = instances.map((instance) => ({ name: instance.name, value: figure(instance) }));
    const missing = found.filter((row) => row.value === undefined).map((row) => row.name);
    if (found.length === 0 || missing.length > 0) {
      return { name, verdict: "error" as const, detail: `no figure for ${missing.join(", ") || "any instance"}` };
    }
    const worst = found.reduce((a, b) => ((b.value ?? 0) > (a.value ?? 0) ? b : a));
    const value = worst.value ?? 0;
    const detail = `at most ${Math.round(value * 10) / 10}${unit} (${worst.name}), limit ${limit}${unit}`;
    return { name, verdict: value <= limit ? ("pass" as const) : ("fail" as const), detail };
  };
  const results = [check("restarts", gate.maxRestarts, "", (instance) => instance.restarts)];
  if (gate.maxMemoryMiB !== undefined)
    results.push(check("memory", gate.maxMemoryMiB, " MiB", (instance) => instance.memoryMiB));
  if (gate.maxCpuPercent !== undefined)
    results.push(check("cpu", gate.maxCpuPercent, " %", (instance) => instance.cpuPercent));
  return results;
}
