import { blocksRollback } from "../components/hooks/migration";
import type { Slot } from "../components/model/words";
import { Failure } from "./failure";
import { wantedRelease, type OpenStack } from "./openStack";
import type { Serving } from "./serving";
import { writeConfig } from "./stackConfig";

/**
 * Whether a move goes back past a contract step of a migration, and may do so because it was said on the command line; a config
 * that allows it needs no saying. `pinned` are the pins that the move sets.
 *
 * @throws Failure (refused) when it does and may not
 */
export async function goesPastContract(
  opened: Pick<OpenStack, "config" | "driver" | "settings">,
  { slot: from, records }: Pick<Serving, "records"> & { slot: Slot },
  to: Slot,
  { pinned, allowed }: { pinned: Record<string, string>; allowed: boolean },
): Promise<boolean> {
  const { driver, settings } = opened;
  if (settings.pastContract === true) return false;
  const running = async (slot: Slot) => (await driver.condition(slot)).release;
  const kept = Object.hasOwn(pinned, `${to}.digest`);
  const release = kept ? await running(to) : ((await wantedRelease(opened, to))?.id ?? "");
  const block = blocksRollback(records, await running(from), release);
  if (block === undefined || allowed) return block !== undefined;
  throw new Failure("refused", `${block.message}\nNothing was touched. That flag is --past-contract.`);
}

/** Has the config allow it for one update. @returns takes that back */
export async function allowPastContract(opened: OpenStack): Promise<() => Promise<void>> {
  const undo = await writeConfig(opened, { set: { "rollback.pastContract": "true" }, remove: [] });
  return async () => {
    if (!undo()) await opened.stack.removeConfig(`${opened.project}:rollback.pastContract`, true);
  };
}
