import { standbyOf, type CutoverRecord } from "../components/model/record";
import type { Standby } from "../components/model/transition";
import { describeWeights, serving, type Slot } from "../components/model/words";
import type { LiveRoute } from "../components/platforms/driver";
import { Failure, messageOf } from "./failure";
import type { OpenStack } from "./openStack";

/** Who serves now, before a verb changes anything. */
export interface Serving {
  /** Undefined before the first deployment. */
  slot: Slot | undefined;
  route: LiveRoute | undefined;
  records: CutoverRecord[];
  /** The slot that was relieved last, whether or not its window still runs. */
  standby: Standby | undefined;
}

/** @throws Failure when the route cannot be told, or a cutover is on its way */
export async function servingNow({ driver }: OpenStack): Promise<Serving> {
  let route: LiveRoute | undefined;
  try {
    route = await driver.readRoute();
  } catch (error) {
    throw new Failure(
      "failed",
      `The live route cannot be told, so nothing was touched.\n${messageOf(error)}\nSee \`bluegreen repair\`.`,
    );
  }
  const records = await driver.records();
  if (route?.transaction !== undefined) {
    const { id, expiresAt, fallback } = route.transaction;
    throw new Failure(
      "locked",
      `Cutover ${id} is under way: ${describeWeights(route.weights)}, not confirmed yet. Nothing was touched. Wait for it to end; ` +
        `if it was killed, the route falls back to ${describeWeights(fallback)} at ${new Date(expiresAt).toISOString()}.`,
    );
  }
  const begun = records.some((record) => record.completion === "Promoted");
  const slot = route === undefined || !begun ? undefined : serving(route.weights);
  return { slot, route, records, standby: standbyOf(records) };
}

/**
 * For verbs whose update must not move traffic: config and route must agree, or the update would switch as well.
 *
 * @throws Failure (refused)
 */
export function mustAgree({ config, stackName }: OpenStack, { slot, route }: Serving): void {
  if (route === undefined || slot === undefined || (slot === config.activeSlot && route.weights[slot] === 100)) return;
  throw new Failure(
    "refused",
    `The config says activeSlot ${config.activeSlot}, but ${describeWeights(route.weights)} serves, so an update of ${stackName} would move ` +
      `traffic too. Nothing was touched. Settle that first: \`bluegreen switch ${slot}\` keeps what serves, ` +
      `\`bluegreen switch ${config.activeSlot}\` does what the config says.`,
  );
}
