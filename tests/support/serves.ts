import { expect } from "chai";
import { request } from "undici";
import { all, other, serving, type Slot } from "../../components/model/words";
import type { ScratchStack } from "../../scripts/scratchStack";

/** Which slot is which now, by the live route. */
export async function roles(stack: ScratchStack): Promise<{ active: Slot; idle: Slot }> {
  const { weights } = await stack.route();
  const active = serving(weights);
  if (active === undefined) throw new Error(`no slot serves by the weights ${JSON.stringify(weights)}`);
  return { active, idle: other(active) };
}

/** Exactly one slot is active, it is this one, for good, and the public address shows it. */
export async function expectServes(stack: ScratchStack, slot: Slot, version?: string): Promise<void> {
  const { weights, transaction } = await stack.route();
  expect(weights).to.deep.equal(all(slot));
  expect(transaction, "an open change of the route").to.equal(null);
  const { statusCode, headers, body } = await request(stack.url);
  await body.dump();
  expect({ status: statusCode, slot: headers["x-bluegreen-slot"] }).to.deep.equal({ status: 200, slot });
  if (version !== undefined) expect(headers["x-version"]).to.equal(version);
}
