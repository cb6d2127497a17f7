import { other, type Slot } from "../../components/model/words";
import { confirmed } from "../confirmed";
import { Failure } from "../failure";
import { openStack } from "../openStack";
import type { ChangeOptions, UpdateOptions } from "../options";
import { supported } from "../platforms/index";
import { mustAgree, servingNow } from "../serving";
import { update } from "../update";

export interface ProcessesResult {
  slot: Slot;
  /** False when there was nothing to do. */
  changed: boolean;
  /** What happened, and what to do next, for people. */
  detail: string;
}

export interface RestartOptions extends ChangeOptions {
  /** Also the only instance of the slot that serves, which leaves nobody to answer for a moment. @default false */
  force?: boolean;
}

/**
 * Starts a slot that was stopped: runs the update, which finds its processes gone. Other changes of the config come along.
 *
 * @throws Failure
 */
export async function start(slot: Slot, options: UpdateOptions = {}): Promise<ProcessesResult> {
  const opened = await openStack(options);
  const { config, driver } = opened;
  const wanted = config[slot];
  if (wanted === undefined) {
    throw new Failure(
      "refused",
      `${slot} has no release in the config, so there is nothing to start. Run \`bluegreen deploy <version> --slot ${slot}\`.`,
    );
  }
  const running = async () => (await driver.condition(slot)).instances.filter((instance) => instance.running).length;
  const before = await running();
  if (before >= wanted.replicas) {
    return { slot, changed: false, detail: `${before} of ${wanted.replicas} instances run already` };
  }
  mustAgree(opened, await servingNow(opened));
  await confirmed(options, `${config.service}: start ${slot} (${wanted.version}) by an update. Go on?`);
  await update(opened, options, `bluegreen start ${slot}`);
  const after = await running();
  if (after >= wanted.replicas) return { slot, changed: true, detail: `${after} of ${wanted.replicas} instances run` };
  const { problem, instances } = await driver.condition(slot);
  const problems = [problem, ...instances.map((one) => one.problem && `${one.name}: ${one.problem}`)].filter(Boolean);
  throw new Failure(
    "failed",
    [`${after} of ${wanted.replicas} instances of ${slot} run after the update.`, ...problems].join("\n"),
  );
}

/** Stops a slot that does not serve. @throws Failure (refused) when it serves, or the platform has no such thing */
export async function stop(slot: Slot, options: ChangeOptions = {}): Promise<ProcessesResult> {
  const opened = await openStack(options);
  const { config, operations } = opened;
  const stopSlot = supported(operations.stopSlot, "stop", config.platform);
  const { route, standby } = await servingNow(opened);
  const weight = route?.weights[slot] ?? 0;
  if (weight > 0) {
    throw new Failure(
      "refused",
      `${slot} serves ${weight} % of the traffic and was not stopped. Run \`bluegreen switch ${other(slot)}\` first.`,
    );
  }
  const way = standby?.slot === slot ? " It is the standby: a rollback has to wait until it is started again." : "";
  await confirmed(options, `${config.service}: stop ${slot}.${way} Go on?`);
  const found = await stopSlot(slot);
  const detail = `${found}. The next \`pulumi up\`, or \`bluegreen start ${slot}\`, starts it again; \`bluegreen cleanup ${slot}\` removes it.`;
  return { slot, changed: found !== "nothing ran there", detail };
}

/** Restarts the instances of a slot, one after the other. @throws Failure */
export async function restart(slot: Slot, options: RestartOptions = {}): Promise<ProcessesResult> {
  const opened = await openStack(options);
  const { config, driver, operations } = opened;
  const restartSlot = supported(operations.restartSlot, "restart", config.platform);
  const weight = (await servingNow(opened)).route?.weights[slot] ?? 0;
  const running = (await driver.condition(slot)).instances.filter((instance) => instance.running).length;
  if (weight > 0 && running < 2 && options.force !== true) {
    throw new Failure(
      "refused",
      `${slot} serves ${weight} % of the traffic with ${running} instance(s), so a restart would leave nobody to answer. ` +
        `Deploy and switch instead, give it more replicas, or use --force.`,
    );
  }
  await confirmed(
    options,
    `${config.service}: restart ${running} instance(s) of ${slot}, which gets ${weight} % of the traffic. Go on?`,
  );
  return { slot, changed: true, detail: await restartSlot(slot) };
}
