import type { Clock } from "../model/clock";
import type { Driver } from "../platforms/driver";
import type { GateSettings } from "../resources/inputs";
import { worst, type CheckResult, type Evidence } from "./evidence";
import { identity } from "./identity";
import { limits } from "./limits";
import { logErrors } from "./logs";
import { ownChecks, type GateObjectives } from "./objectives";
import { readiness, type Subject } from "./readiness";
import { smoke } from "./smoke";

/** `full` is asked before a switch; `readiness` before a rollback to the warm standby. */
export type GateScope = "full" | "readiness";

/**
 * Gathers evidence that a release in a slot may take traffic. The checks run in an order in which each needs the one before
 * it, and stop at the first that does not pass. A check that throws is an `error`, never a pass.
 */
export async function runGate(
  driver: Driver,
  subject: Subject,
  gate: GateSettings,
  scope: GateScope,
  clock: Clock,
  own?: GateObjectives,
): Promise<Evidence> {
  const started = clock.now();
  const deadline = started + gate.deadlineMs;
  const steps: [string, () => Promise<CheckResult[]>][] = [
    ["readiness", async () => [await readiness(driver, subject, gate, deadline, clock)]],
    ["identity", async () => [await identity(driver, subject, gate)]],
  ];
  if (scope === "full") {
    for (const test of gate.smoke) {
      steps.push([`smoke ${test.name}`, async () => [await smoke(driver, subject.slot, test, gate, deadline, clock)]]);
    }
    steps.push(["limits", () => limits(driver, subject.slot, gate)]);
    const scan = gate.logErrors;
    if (scan !== undefined) steps.push(["logs", async () => [await logErrors(driver, subject.slot, scan, clock)]]);
    if (own !== undefined) steps.push(["objectives", () => ownChecks(driver, subject, own, deadline, clock)]);
  }
  const checks: CheckResult[] = [];
  for (const [name, step] of steps) {
    try {
      checks.push(...(await step()));
    } catch (error) {
      checks.push({ name, verdict: "error", detail: (error as Error).message });
    }
    if (worst(checks.map((check) => check.verdict)) !== "pass") break;
  }
  const ended = clock.now();
  return {
    slot: subject.slot,
    release: subject.release,
    at: new Date(ended).toISOString(),
    until: new Date(ended + gate.ttlMs).toISOString(),
    verdict: worst(checks.map((check) => check.verdict)),
    durationMs: ended - started,
    checks,
  };
}

/** What the gate will ask, for a preview. */
export function describeGate(gate: GateSettings, replicas: number): string[] {
  if (!gate.enabled) return ["none: the gate is switched off"];
  return [
    `readiness: GET ${gate.path} on ${replicas} instance${replicas === 1 ? "" : "s"}, ${gate.successes} in a row`,
    gate.identity === undefined ? "identity: by the platform" : "identity: by the platform and the application",
    ...gate.smoke.map((test) => `smoke ${test.name}: ${test.status}`),
    `restarts at most ${gate.maxRestarts}`,
    ...(gate.maxMemoryMiB === undefined ? [] : [`memory at most ${gate.maxMemoryMiB} MiB`]),
    ...(gate.maxCpuPercent === undefined ? [] : [`cpu at most ${gate.maxCpuPercent} %`]),
    ...(gate.logErrors === undefined ? [] : [`log errors at most ${gate.logErrors.limit}`]),
  ];
}

/** Why the gate did not pass, for an error message. */
export function describeFailure(evidence: Evidence): string {
  return evidence.checks
    .filter((check) => check.verdict !== "pass")
    .map((check) => `${check.name}: ${check.detail}`)
    .join("\n");
}
