import { other, type Slot } from "../../components/model/words";
import type { ScratchStack } from "../../scripts/scratchStack";
import { figure, type Goal, type Outcome } from "../figure";
import { median } from "../quantile";
import type { Scope } from "../scope";
import { ASKED, benchStack, up } from "./benchStack";
import { askedWaiting } from "./waits";

const PAIRS = 5;
const GOAL: Goal = { of: "ratio", limit: 1.5, direction: "at most" };

/** How long `pulumi up` takes for a switch, without the waits that the config asks for, beside an `up` with nothing to do. */
export async function engineBenchmark(scope: Scope, quick: boolean): Promise<Outcome> {
  const stack = await benchStack(scope);
  await idle(stack);
  const whole: number[] = [];
  const own: number[] = [];
  const nothing: number[] = [];
  let serves: Slot = "blue";
  for (let pair = 0; pair < (quick ? 1 : PAIRS); pair++) {
    serves = other(serves);
    const { durationMs, waitedMs } = await switchTo(stack, serves);
    whole.push(durationMs);
    own.push(durationMs - waitedMs);
    nothing.push(await idle(stack));
  }
  const ratio = median(own) / median(nothing);
  return {
    figures: [
      figure("engine", {
        name: "`pulumi up` of a switch, without the waits that the config asks for",
        unit: "ms",
        value: median(own),
        goal: GOAL,
        peer: { name: "`pulumi up` with nothing to do", value: median(nothing) },
        ratio,
      }),
      figure("engine", { name: "`pulumi up` of a switch, as it is", unit: "ms", value: median(whole) }),
    ],
    notes: [
      `${own.length} of each, in turns, on the local platform; medians.`,
      `taken out, and no more than was in truth waited: bake ${ASKED.bakeMs} ms, drain up to ${ASKED.drainMs} ms. ` +
        "The gate asks for one answer and waits for none.",
    ],
  };
}

async function switchTo(stack: ScratchStack, slot: Slot): Promise<{ durationMs: number; waitedMs: number }> {
  stack.setConfig("activeSlot", slot);
  const { durationMs } = await up(stack);
  const [record] = await stack.records();
  if (record?.kind !== "switch" || record.to !== slot || record.completion !== "Promoted")
    throw new Error(
      `the switch to ${slot} left the record of ${record?.kind ?? "nothing"} (${record?.completion ?? "open"})`,
    );
  return { durationMs, waitedMs: askedWaiting(record, ASKED) };
}

async function idle(stack: ScratchStack): Promise<number> {
  const { durationMs, summary } = await up(stack);
  const changed = Object.keys(summary).filter((operation) => operation !== "same");
  if (changed.length > 0) throw new Error(`an \`up\` with nothing to do did: ${changed.join(", ")}`);
  return durationMs;
}
