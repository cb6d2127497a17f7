import type { CutoverRecord } from "../../components/model/record";
import { versionOf } from "../../components/model/release";
import { describeWeights, other, serving, type Slot } from "../../components/model/words";
import { situation } from "../../components/resources/live";
import { estimateOf } from "../../components/resources/estimate";
import { confirmed } from "../confirmed";
import { Failure } from "../failure";
import { openStack, switchInputs, type OpenStack } from "../openStack";
import type { UpdateOptions } from "../options";
import { allowPastContract, goesPastContract } from "../pastContract";
import { pins } from "../pin";
import { servingNow, type Serving } from "../serving";
import { editBetween, writeConfig } from "../stackConfig";
import { update } from "../update";

export interface SwitchOptions extends UpdateOptions {
  /** The slot that is to serve. @default the one that does not serve now */
  slot?: Slot;
  /** Go back although a contract migration has taken away what the release there needs. @default false */
  pastContract?: boolean;
}

export interface SwitchResult {
  /** False when the slot served already and there was nothing to do. */
  switched: boolean;
  from: Slot;
  to: Slot;
  /** The release that serves now. */
  release: string;
  /** How the cutover went; absent when there was none. */
  record?: CutoverRecord;
}

/**
 * Has the other slot serve: sets `activeSlot` and runs the update. When the update fails, `activeSlot` is set back, so that
 * config and traffic agree.
 *
 * @throws Failure
 */
export async function switchTo(options: SwitchOptions = {}): Promise<SwitchResult> {
  const opened = await openStack(options);
  const now = await servingNow(opened);
  if (now.slot === undefined) {
    throw new Failure(
      "refused",
      "Nothing serves yet, so there is nothing to switch. Run `bluegreen deploy <version>` or `pulumi up` first.",
    );
  }
  return moveTo(opened, { ...now, slot: now.slot }, options.slot ?? other(now.slot), options, [now.slot]);
}

/** The switch itself. `keep` are slots whose release must be what runs there now. */
export async function moveTo(
  opened: OpenStack,
  now: Serving & { slot: Slot },
  to: Slot,
  options: UpdateOptions & Pick<SwitchOptions, "pastContract">,
  keep: readonly Slot[],
): Promise<SwitchResult> {
  const { config, driver, stackName } = opened;
  const from = now.slot;
  if (config[to] === undefined) {
    throw new Failure(
      "refused",
      `${to} has no release in the config. ${from} goes on serving. Run \`bluegreen deploy <version>\` first.`,
    );
  }
  const whole = now.route?.weights[to] === 100;
  if (whole && config.activeSlot === to) {
    return { switched: false, from: to, to, release: now.route?.releases[to] ?? "" };
  }
  const digests = await pins(opened, keep);
  const allowed = options.pastContract === true;
  const past = await goesPastContract(opened, now, to, { pinned: digests, allowed });
  await confirmed(options, await question(opened, from, to));
  const { set, remove } = editBetween(opened.written["activeSlot"], to, "activeSlot");
  for (const path of Object.keys(digests)) {
    options.say?.(
      `${path} is set to what runs: the files in its folder have changed since, and are not what is released now`,
    );
  }
  const undo = await writeConfig(opened, { set: { ...digests, ...set }, remove });
  let forbid: (() => Promise<void>) | undefined;
  try {
    if (past) forbid = await allowPastContract(opened);
    await update(opened, options, `bluegreen switch ${to}`);
  } catch (error) {
    await forbid?.();
    throw await takenBack(error, opened, { from, to, undo });
  }
  await forbid?.();
  const route = await driver.readRoute();
  const [record] = await driver.records();
  if (route === undefined || route.weights[to] !== 100) {
    const found = route === undefined ? "there is no route" : describeWeights(route.weights);
    throw new Failure("failed", `The update of ${stackName} ended well, but ${found}. See \`bluegreen status\`.`);
  }
  const moved = record !== undefined && record.id !== now.records[0]?.id && record.to === to;
  return { switched: !whole, from, to, release: route.releases[to] ?? "", ...(moved ? { record } : {}) };
}

/** What is about to happen, as the preview of the update would say it. */
async function question(opened: OpenStack, from: Slot, to: Slot): Promise<string> {
  const wanted = { ...(await switchInputs(opened)), activeSlot: to };
  const { live, transition } = await situation(opened.driver, wanted, Date.now());
  const before = versionOf(live?.releases[from] ?? "?");
  const after = versionOf(transition.toRelease);
  const takes = estimateOf(transition.kind, opened.settings);
  return `${opened.config.service}: ${from} (${before}) -> ${to} (${after}), ${transition.kind}, ${takes}. Go on?`;
}

/** Has config and traffic agree again after an update that failed, and says so together with why it failed. */
async function takenBack(
  error: unknown,
  { driver, config, stack, project }: OpenStack,
  { from, to, undo }: { from: Slot; to: Slot; undo: () => boolean },
): Promise<Failure> {
  const failure = error instanceof Failure ? error : new Failure("failed", String(error), { cause: error });
  let live: Slot | undefined;
  let serves: string;
  try {
    const route = await driver.readRoute();
    // A change that nobody will confirm any more falls back by itself.
    const weights = route === undefined ? undefined : (route.transaction?.fallback ?? route.weights);
    live = weights === undefined ? undefined : serving(weights);
    serves = weights === undefined ? "There is no route" : `${describeWeights(weights)} serves`;
  } catch {
    serves = "Which slot serves could not be told; see `bluegreen status`";
  }
  if (live === to) {
    const text = `${failure.message}\n${serves}, so activeSlot stays ${to}. Run \`pulumi up\` again for what is left.`;
    return new Failure(failure.kind, text, { cause: failure });
  }
  const before = live ?? (config.activeSlot === to ? from : config.activeSlot);
  // Exactly as it was, where it was right; another update may have left a value that does not agree with the traffic either.
  if (config.activeSlot !== before || !undo()) await stack.setConfig(`${project}:activeSlot`, { value: before });
  const text = `${failure.message}\n${serves}. activeSlot was set back to ${before}, so that config and traffic agree.`;
  return new Failure(failure.kind, text, { cause: failure });
}
