import { describeMs } from "../../components/model/clock";
import { other, type Slot } from "../../components/model/words";
import { Failure } from "../failure";
import { openStack, wantedRelease, type OpenStack } from "../openStack";
import type { UpdateOptions } from "../options";
import { pins } from "../pin";
import { servingNow, type Serving } from "../serving";
import { moveTo, type SwitchResult } from "./switch";

export interface RollbackOptions extends UpdateOptions {
  /** Go back although it cannot be the fast way: with gate, steps and bake as in any other switch. @default false */
  full?: boolean;
  /** Go back although a contract migration has taken away what the release there needs. @default false */
  pastContract?: boolean;
}

/**
 * Goes back to the standby: only its readiness is asked for, so it is fast.
 *
 * @throws Failure (refused) when there is no standby or its window is over, unless `full`
 */
export async function rollback(options: RollbackOptions = {}): Promise<SwitchResult> {
  const opened = await openStack(options);
  const now = await servingNow(opened);
  if (now.slot === undefined) throw new Failure("refused", "Nothing serves yet, so there is nothing to go back from.");
  const to = other(now.slot);
  const reason = await whyNot(opened, now, to);
  if (reason !== undefined && options.full !== true) {
    throw new Failure(
      "refused",
      `There is no fast way back: ${reason}. ${now.slot} goes on serving. ` +
        `\`bluegreen rollback --full\` switches to ${to} with gate, steps and bake.`,
    );
  }
  if (reason !== undefined) options.say?.(`a full switch: ${reason}`);
  return moveTo(opened, { ...now, slot: now.slot }, to, options, [now.slot, to]);
}

/** Why going back would be a switch like any other; undefined when it is the fast way. */
async function whyNot(opened: OpenStack, { standby, records }: Serving, to: Slot): Promise<string | undefined> {
  const { settings, driver } = opened;
  if (standby === undefined) {
    const turnedAway = records[0]?.completion === "FastRolledBack";
    return turnedAway ? `${to} was turned away by the last rollback` : "no switch has left a standby yet";
  }
  if (standby.slot !== to) return `the standby is ${standby.slot}, which serves already`;
  const age = Date.now() - standby.since;
  if (age > settings.rollbackWindowMs) {
    return `${to} was relieved ${describeMs(age)} ago, and rollback.window is ${describeMs(settings.rollbackWindowMs)}`;
  }
  const running = (await driver.condition(to)).release;
  if (running !== standby.release)
    return `${to} runs ${running === "" ? "nothing" : running} now, and ${standby.release} was relieved`;
  const pinned = await pins(opened, [to]);
  const wanted = Object.keys(pinned).length > 0 ? running : (await wantedRelease(opened, to))?.id;
  return wanted === standby.release
    ? undefined
    : `the config of ${to} says ${wanted ?? "nothing"} now, and ${standby.release} was relieved`;
}
