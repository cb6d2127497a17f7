import { benchStack, up } from "./engine/benchStack";
import { figure, type Outcome } from "./figure";
import type { Scope } from "./scope";

/** How large the state of a service is after a switch. */
export async function stateBenchmark(scope: Scope): Promise<Outcome> {
  const stack = await benchStack(scope);
  stack.setConfig("activeSlot", "green");
  await up(stack);
  const state = await stack.exportState();
  return {
    figures: [
      figure("state", {
        name: "state of a service after a switch",
        unit: "bytes",
        value: Buffer.byteLength(JSON.stringify(state)),
        goal: { of: "value", limit: 32_768, direction: "at most" },
      }),
    ],
    notes: [
      "what `pulumi stack export` gives, as compact JSON: the whole stack with one service, a release in each slot.",
    ],
  };
}
