import { Stack } from "@pulumi/pulumi/automation";
import { SLOTS, type Slot } from "../../components/model/words";
import { confirmed } from "../confirmed";
import { Failure, messageOf } from "../failure";
import { openStack, wantedRelease, type OpenStack } from "../openStack";
import type { UpdateOptions } from "../options";
import { supported } from "../platforms/index";
import { mustAgree, servingNow } from "../serving";
import { writeConfig } from "../stackConfig";
import { digestsIn } from "../stateArtefacts";
import { update } from "../update";

export interface CleanupResult {
  /** The slot that was removed. */
  slot?: Slot;
  /** False when there was nothing to remove. */
  changed: boolean;
  /** Digests of the stored releases that were removed. */
  releases: string[];
}

/** Removes a slot that does not serve: from the config, and by an update from the platform. @throws Failure */
export async function cleanup(slot: Slot, options: UpdateOptions = {}): Promise<CleanupResult> {
  const opened = await openStack(options);
  const { config } = opened;
  const now = await servingNow(opened);
  const weight = now.route?.weights[slot] ?? 0;
  if (weight > 0 || config.activeSlot === slot) {
    const found = weight > 0 ? `serves ${weight} % of the traffic` : "is the activeSlot of the config";
    throw new Failure("refused", `${slot} ${found} and was not removed.`);
  }
  if (config[slot] === undefined) return { slot, changed: false, releases: [] };
  mustAgree(opened, now);
  const way = now.standby?.slot === slot ? " It is the standby: there is no fast way back afterwards." : "";
  await confirmed(options, `${config.service}: remove ${slot} from the config and stop it.${way} Go on?`);
  const undo = await writeConfig(opened, { set: {}, remove: [slot] });
  try {
    await update(opened, options, `bluegreen cleanup ${slot}`);
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure("failed", String(error), { cause: error });
    const text = undo() ? `The config still has ${slot}.` : `${slot} is no longer in the config.`;
    throw new Failure(failure.kind, `${failure.message}\n${text}`, { cause: failure });
  }
  return { slot, changed: true, releases: [] };
}

/** Removes stored releases that no stack of this project speaks of any more and that nothing runs. @throws Failure */
export async function cleanupReleases(options: UpdateOptions = {}): Promise<CleanupResult> {
  const opened = await openStack(options);
  const prune = supported(opened.operations.pruneReleases, "cleanup --releases", opened.config.platform);
  const keep = await digestsInUse(opened);
  await confirmed(
    options,
    `${opened.config.service}: remove stored releases but the ${keep.length} that a stack uses. Go on?`,
  );
  const releases = await prune(keep);
  return { changed: releases.length > 0, releases };
}

/** The store is shared by the stacks of a project, so each of them is asked. */
async function digestsInUse(opened: OpenStack): Promise<string[]> {
  const { workspace } = opened.stack;
  const keep = new Set<string>();
  for (const { name } of await workspace.listStacks()) {
    try {
      const stack = await Stack.select(name, workspace);
      for (const digest of await digestsIn(stack)) keep.add(digest);
      for (const digest of JSON.stringify(await stack.getAllConfig()).match(/sha256:[0-9a-f]{64}/g) ?? [])
        keep.add(digest);
    } catch (error) {
      throw new Failure(
        "failed",
        `What stack ${name} uses could not be told, so nothing was removed.\n${messageOf(error)}`,
      );
    }
  }
  for (const slot of SLOTS) {
    const artefact = (await wantedRelease(opened, slot))?.artefact;
    if (artefact?.startsWith("sha256:") === true) keep.add(artefact);
  }
  return [...keep];
}
