import type { Slot } from "../components/model/words";
import { wantedRelease, type OpenStack } from "./openStack";
import { artefactsOf } from "./stateArtefacts";

/**
 * Pins slots to the artefact they run, where only the files of their folder have changed since: otherwise an update would take
 * the edited folder for a new release of a slot that must stay as it is. Slots whose config says something else are left alone.
 *
 * @returns what to set in the config, by path; empty when nothing has to be pinned.
 */
export async function pins(opened: OpenStack, slots: readonly Slot[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  let artefacts: Map<string, string> | undefined;
  for (const slot of slots) {
    const running = (await opened.driver.condition(slot)).release;
    if (running === "" || (await idOf(opened, slot)) === running) continue;
    artefacts ??= await artefactsOf(opened.stack);
    const digest = artefacts.get(running);
    const wanted = opened.config[slot];
    if (digest === undefined || wanted === undefined || wanted.digest === digest) continue;
    const pinned = { ...opened, config: { ...opened.config, [slot]: { ...wanted, digest } } };
    if ((await idOf(pinned, slot)) === running) found[`${slot}.digest`] = digest;
  }
  return found;
}

/** The release id by the config; undefined when it cannot be worked out, as when the folder is gone. */
async function idOf(opened: OpenStack, slot: Slot): Promise<string | undefined> {
  try {
    return (await wantedRelease(opened, slot))?.id;
  } catch {
    return undefined;
  }
}
