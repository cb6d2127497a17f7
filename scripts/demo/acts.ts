import { join } from "node:path";
import { typeOf } from "../../components/resources/inputs";
import { cloneDir } from "../scratch/pulumiCommand";
import type { RunResult } from "../scratchStack";
import type { DemoRun, Traffic } from "./demoRun";
import { grouped, plural } from "./screen";

export interface Act {
  name: string;
  /** Why anybody should care, in one sentence. */
  why: string;
  expected: string;
  perform(run: DemoRun): Promise<Outcome>;
}

export interface Outcome {
  /** What happened, in the words of `expected` where it did. */
  actual: string;
  ok: boolean;
}

const RULE = "gate-required";
/** Far above what the bake allows, and far below what a client waits for: slow is not failed. */
const SLOW_MS = 900;

/** What the demo shows, in order. Each act begins with what the one before it left behind. */
export const acts: Act[] = [
  {
    name: "First deployment",
    why: "Release 1.0.0 goes into the blue slot, passes its gate, and serves. The load starts then, and goes on to the end.",
    expected: "blue serves 1.0.0",
    async perform(run) {
      const result = await run.up();
      if (!result.ok) return failed(result);
      await run.startLoad();
      return serving(run, "blue", "1.0.0");
    },
  },
  {
    name: "A new release next door, and a preview of the switch",
    why: "Release 1.1.0 goes into the idle green slot, where only the preview port reaches it. Then: what would a switch do?",
    expected: "the preview shows blue->green, and nothing moves",
    async perform(run) {
      const before = run.counts();
      run.release("green", "1.1.0");
      const deployed = await run.up();
      if (!deployed.ok) return failed(deployed);
      const { revision } = await run.stack.route();
      run.set("activeSlot", "green");
      const preview = await run.preview();
      if (!preview.ok) return failed(preview);
      const plan = preview.steps.find(({ type }) => type === typeOf("Plan"))?.after ?? {};
      for (const key of ["transition", "live", "fromRelease", "toRelease", "gates", "estimate"]) {
        run.screen.detail(`${key.padEnd(12)} ${[plan[key]].flat().join("; ")}`);
      }
      const still = (await run.stack.route()).revision === revision && run.since(before).bySlot.green === undefined;
      const moved = still ? "nothing moves" : `the traffic moved: ${await run.weights()}`;
      return outcome(
        `the preview shows ${String(plan.transition)}, and ${moved}`,
        plan.transition === "blue->green" && still,
      );
    },
  },
  {
    name: "An unsafe switch",
    why: "In a hurry, somebody turns the gate off. The policy pack judges the plan before anything is touched.",
    expected: `the policy ${RULE} blocks it; blue serves 1.0.0`,
    async perform(run) {
      run.set("gate.enabled", false);
      const result = await run.up({ policyPacks: [join(cloneDir, "policies")] });
      const violation = result.violations.find(({ policy }) => policy === RULE);
      run.screen.detail(violation?.message ?? result.error ?? "no violation");
      const after = await serving(run, "blue", "1.0.0");
      const blocked = !result.ok && violation !== undefined;
      return outcome(
        `${blocked ? `the policy ${RULE} blocks it` : "it is not blocked"}; ${after.actual}`,
        blocked && after.ok,
      );
    },
  },
  {
    name: "The switch, under load",
    why: "With the gate on: evidence first, then the traffic moves, is verified from outside, watched, and the old slot drained.",
    expected: "green serves 1.1.0; 0 failed",
    async perform(run) {
      run.set("gate.enabled", true);
      return switched(run, "green", "1.1.0", "Promoted");
    },
  },
  {
    name: "Fast rollback",
    why: "Blue is still warm with 1.0.0. Going back to it needs no smoke test and no bake: only that it is ready.",
    expected: "blue serves 1.0.0; 0 failed",
    async perform(run) {
      run.set("activeSlot", "blue");
      return switched(run, "blue", "1.0.0", "FastRolledBack");
    },
  },
  {
    name: "A bad release",
    why: "Release 1.2.0 starts, but is never healthy. It gets no evidence, so it gets no traffic.",
    expected: "the gate refuses it; blue serves 1.0.0; 0 failed",
    async perform(run) {
      const before = run.counts();
      run.release("green", "1.2.0", { FAIL_HEALTH: "1" });
      run.stack.setConfig("gate.deadline", "3s");
      run.set("activeSlot", "green");
      const result = await run.up();
      run.stack.setConfig("gate.deadline", "20s");
      if (!result.ok) run.screen.detail(result.error ?? "");
      const after = await serving(run, "blue", "1.0.0");
      const seen = run.since(before);
      const refused = !result.ok && seen.bySlot.green === undefined;
      const what = refused ? "the gate refuses it" : `it got ${plural(seen.bySlot.green ?? 0, "request")}`;
      return outcome(`${what}; ${after.actual}; ${seen.failed} failed`, refused && after.ok && seen.failed === 0);
    },
  },
  {
    name: "A release that breaks in production",
    why: `Release 1.3.0 passes every check, but real requests take it ${SLOW_MS} ms. Only real traffic can show that.`,
    expected: "the bake takes it back; blue serves 1.0.0; 0 failed",
    async perform(run) {
      const before = run.counts();
      run.release("green", "1.3.0", { SLOW_MS: String(SLOW_MS) });
      const result = await run.up();
      if (!result.ok) run.screen.detail(result.error ?? "");
      const record = await run.record();
      const after = await serving(run, "blue", "1.0.0");
      const seen = run.since(before);
      const baked = record.stages.some(({ stage, verdict }) => stage === "BAKE_TIME" && verdict !== "pass");
      const back = !result.ok && record.completion === "RolledBack" && baked;
      run.screen.detail(`${plural(seen.bySlot.green ?? 0, "request")} met 1.3.0, slowly; each of them was answered`);
      const what = back ? "the bake takes it back" : `the cutover ended as ${record.completion ?? "nothing"}`;
      return outcome(`${what}; ${after.actual}; ${seen.failed} failed`, back && after.ok && seen.failed === 0);
    },
  },
];

/** One switch that is to succeed, and how it went. */
async function switched(run: DemoRun, slot: string, version: string, completion: string): Promise<Outcome> {
  const before = run.counts();
  const result = await run.up();
  if (!result.ok) return failed(result);
  const record = await run.record();
  const after = await serving(run, slot, version);
  const seen = run.since(before);
  run.screen.detail(`clients saw: ${distribution(seen)}`);
  const ok = after.ok && record.completion === completion && seen.failed === 0;
  const ended = record.completion === completion ? "" : `, but the record says ${record.completion ?? "nothing"}`;
  return outcome(`${after.actual}${ended}; ${seen.failed} failed`, ok);
}

async function serving(run: DemoRun, slot: string, version: string): Promise<Outcome> {
  const { weights } = await run.stack.route();
  const answered = await run.version();
  const whole = (slot === "blue" ? weights.blue : weights.green) === 100;
  if (whole && answered === version) return outcome(`${slot} serves ${version}`, true);
  return outcome(`${await run.weights()}, and the public address answers with ${answered}`, false);
}

const outcome = (actual: string, ok: boolean): Outcome => ({ actual, ok });

function failed(result: RunResult): Outcome {
  return outcome(`pulumi failed: ${result.error ?? "no reason given"}`, false);
}

const distribution = ({ bySlot }: Traffic) =>
  Object.entries(bySlot)
    .map(([slot, count]) => `${slot} answered ${grouped(count)}`)
    .join(", ");
