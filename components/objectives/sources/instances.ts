import type { InstanceCondition } from "../../platforms/driver";
import type { SampleContext } from "../source";

/**
 * The instances of the slot.
 *
 * @throws when the slot runs another release than the one that is judged: evidence of it would be worth nothing.
 */
export async function instancesOf({ driver, slot, release }: SampleContext): Promise<InstanceCondition[]> {
  const condition = await driver.condition(slot);
  if (condition.release !== release && condition.instances.length > 0) {
    const runs = condition.release === "" ? "no release" : `release ${condition.release}`;
    throw new Error(`${slot} runs ${runs}, not ${release}, which is the one to judge`);
  }
  return condition.instances;
}
