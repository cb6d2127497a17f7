import { describeMs } from "../model/clock";
import type { TransitionKind } from "../model/transition";
import type { Settings } from "./inputs";

/** How long the cutover takes when all goes well: the waits that the config asks for, in words. */
export function estimateOf(kind: TransitionKind, settings: Settings): string {
  if (kind === "none") return "nothing to do";
  const { gate } = settings;
  const ready = gate.enabled ? gate.successes * gate.intervalMs : 0;
  if (kind === "rollback") return `about ${describeMs(ready + 1000)}: no smoke tests, steps or bake on the way back`;
  if (kind === "initial") return `about ${describeMs(ready + 1000)}`;
  const steps = kind === "switch" ? (settings.steps.length - 1) * settings.stepIntervalMs : 0;
  const sum = ready + steps + settings.bake.durationMs + 1000;
  const parts = [
    `gate ${describeMs(ready)}`,
    ...(steps === 0 ? [] : [`${settings.steps.length - 1} steps ${describeMs(steps)}`]),
    `bake ${describeMs(settings.bake.durationMs)}`,
    `drain at most ${describeMs(settings.drainMs)}`,
  ];
  return `about ${describeMs(sum)} (${parts.join(", ")})`;
}
