import type { ConfigInput } from "../../components/config/schema";
import type { Slot } from "../../components/model/words";
import type { ReleaseOptions, ScratchStack } from "../../scripts/scratchStack";
import { roles } from "./serves";

type Waits = Pick<ConfigInput, "gate" | "rollout" | "verify" | "bake" | "drain" | "rollback">;

/**
 * What a switch waits for: short times where a test only has to get past them. How long the new slot takes to answer is left
 * to tests about that, since a busy machine is slow too.
 */
const QUICK = {
  gate: { interval: "100ms", deadline: "60s" },
  rollout: {},
  verify: { consecutive: 5, timeout: "60s" },
  bake: { duration: "1s", interval: "300ms", maxP95: "30s", noTraffic: "pass" },
  drain: { timeout: "5s" },
  rollback: {},
} satisfies Waits;

let made = 0;

/** A version that no release of this process has had. */
export function freshVersion(): string {
  return `1.${++made}.0`;
}

/** Sets all the waits of the stack: those given, and short ones where nothing is said. */
export function setWaits(stack: ScratchStack, waits: Waits = {}): void {
  for (const key of Object.keys(QUICK) as (keyof Waits)[]) stack.setConfig(key, { ...QUICK[key], ...waits[key] });
}

export interface NextSwitch {
  from: Slot;
  to: Slot;
  version: string;
}

/**
 * Writes into the config that a new release is to serve from the slot that is idle now, whatever a test before this one left
 * there. The next `up` brings it up and switches to it.
 */
export async function prepareSwitch(
  stack: ScratchStack,
  release: ReleaseOptions = {},
  waits: Waits = {},
): Promise<NextSwitch> {
  const { active: from, idle: to } = await roles(stack);
  const version = freshVersion();
  setWaits(stack, waits);
  stack.setRelease(to, version, release);
  stack.setConfig("activeSlot", to);
  return { from, to, version };
}
