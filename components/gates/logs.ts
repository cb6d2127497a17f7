import type { Clock } from "../model/clock";
import type { Slot } from "../model/words";
import type { Driver } from "../platforms/driver";
import type { CheckResult } from "./evidence";

/** Counts lines that look like errors since the release started, at most `windowMs` back. */
export async function logErrors(
  driver: Driver,
  slot: Slot,
  scan: { pattern: string; limit: number; windowMs: number },
  clock: Clock,
): Promise<CheckResult> {
  const { instances } = await driver.condition(slot);
  if (instances.length === 0) return { name: "logs", verdict: "error", detail: "no instance whose logs could be read" };
  const since = Math.max(clock.now() - scan.windowMs, Math.min(...instances.map((instance) => instance.startedAt)));
  const pattern = new RegExp(scan.pattern);
  const hits = (await driver.logs(slot, since)).filter((line) => pattern.test(line.text));
  const shown = hits.slice(0, 3).map((line) => `${line.instance}: ${line.text.slice(0, 200)}`);
  return {
    name: "logs",
    verdict: hits.length <= scan.limit ? "pass" : "fail",
    detail: [`${hits.length} lines match /${scan.pattern}/ (limit ${scan.limit})`, ...shown].join("\n  "),
  };
}
