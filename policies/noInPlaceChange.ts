import { other, type Slot } from "../components/model/words";
import type { Rule, Update } from "./rule";

/**
 * The release of a slot that serves is never replaced where it runs: that would be a deployment without a gate, a bake or a
 * way back, and while a switch is under way it would change the very slot the switch falls back to. A new release goes into
 * the other slot. Only Plan knows what runs now, so only Plan can be judged.
 */
export const noInPlaceChange: Rule<"no-in-place-change"> = {
  name: "no-in-place-change",
  description: "The release of a slot that serves changes only by going through the other slot.",
  config: {},
  kinds: ["none", "switch", "repair"],
  judge(update) {
    const { from } = update;
    if (from === undefined || from === "none") return [];
    const found: string[] = [];
    if (update.liveReleaseChanged === true) found.push(judged(update, from));
    // On a split route the slot that serves less is not idle either.
    const second = other(from);
    if (update.idleReleaseChanged === true && shareOf(update, second) > 0) found.push(judged(update, second));
    return found;
  },
};

function judged(update: Update, slot: Slot): string {
  const wanted = update.releases[slot]?.id ?? "nothing";
  const replaced =
    slot === update.from && update.fromRelease !== undefined
      ? `replaced by ${wanted} while ${update.fromRelease} serves`
      : `replaced by ${wanted}`;
  if (update.kind === "none") {
    return (
      `The release of ${slot} must stay as it is while ${slot} serves, but it would be ${replaced}. ` +
      `Put the new release in ${other(slot)}, run \`pulumi up\`, then set \`activeSlot\` to ${other(slot)}.`
    );
  }
  if (shareOf(update, other(slot)) > 0) {
    return (
      `The release of ${slot} must stay as it is while both slots serve, but it would be ${replaced}. ` +
      `Leave both releases as they are, end the split with \`pulumi up\`, then change the slot that is idle.`
    );
  }
  return (
    `The switch ${update.transition} must leave the release of ${slot} as it is, because ${slot} serves until the switch ` +
    `is over and is the way back; but it would be ${replaced}. Undo the change of \`${slot}\`, switch, then change it.`
  );
}

/** The percentage that Plan's words about the live route give to a slot, such as `blue 95 % / green 5 %`. */
function shareOf({ live }: Update, slot: Slot): number {
  return Number(new RegExp(`${slot} (\\d+) %`).exec(live ?? "")?.[1] ?? 0);
}
