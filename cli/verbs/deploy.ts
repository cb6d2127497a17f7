import { loadConfig } from "../../components/config/load";
import { other, type Slot } from "../../components/model/words";
import { isMap } from "../../components/config/coerce";
import { confirmed } from "../confirmed";
import { Failure } from "../failure";
import { openStack, type OpenStack } from "../openStack";
import type { UpdateOptions } from "../options";
import { pins } from "../pin";
import { mustAgree, servingNow } from "../serving";
import { editBetween, writeConfig } from "../stackConfig";
import { update } from "../update";
import { switchTo, type SwitchResult } from "./switch";

export interface DeployOptions extends UpdateOptions {
  /** @default the slot that does not serve; before the first deployment the one that is to serve */
  slot?: Slot;
  /** @default that of the slot that serves */
  command?: string[];
  /** @default that of the slot that serves */
  directory?: string;
  /** Other keys of the slot by their path, such as `replicas` or `environment.GREETING`, over those of the slot that serves. */
  set?: Record<string, string>;
  /** Whether to switch to it when it was deployed well. @default false */
  switch?: boolean;
}

export interface DeployResult {
  slot: Slot;
  version: string;
  /** The release id that the slot runs now. */
  release: string;
  /** Whether this was the first deployment, which serves at once. */
  initial: boolean;
  /** Present when a switch was asked for. */
  switch?: SwitchResult;
}

/**
 * Puts a release into the slot that does not serve, and switches to it when asked to. What is not given is taken over from the slot
 * that serves. A refusal leaves the config as it was.
 *
 * @throws Failure; ConfigError when the new config could not be used
 */
export async function deploy(version: string, options: DeployOptions = {}): Promise<DeployResult> {
  const opened = await openStack(options);
  const { config, driver, written } = opened;
  const now = await servingNow(opened);
  mustAgree(opened, now);
  const slot = options.slot ?? (now.slot === undefined ? config.activeSlot : other(now.slot));
  if (slot === now.slot) {
    throw new Failure(
      "refused",
      `${slot} serves, and a slot that serves is not changed in place. Leave --slot out, or give ${other(slot)}.`,
    );
  }
  const model = now.slot ?? slot;
  const wanted = slotConfig(version, written[model], options);
  check(opened, slot, wanted, written[model]);
  const serves = now.slot === undefined ? "nothing serves yet" : `${now.slot} serves`;
  const then = options.switch === true && now.slot !== undefined ? ` and switch to it` : "";
  await confirmed(options, `${config.service}: put ${version} into ${slot} (${serves})${then}. Go on?`);

  const edit = editBetween(without(slotOf(written[slot]), ["secrets"]), wanted, slot);
  const digests = now.slot === undefined ? {} : await pins(opened, [now.slot]);
  for (const path of Object.keys(digests)) {
    options.say?.(`${path} is set to what runs there: the files in its folder have changed since`);
  }
  const secrets = missingSecrets(written[model], written[slot], slot);
  const undo = await writeConfig(opened, { ...edit, set: { ...edit.set, ...digests }, secrets });
  try {
    await update(opened, options, `bluegreen deploy ${version}`);
  } catch (error) {
    throw afterwards(error, slot, version, undo);
  }
  const { release } = await driver.condition(slot);
  const result: DeployResult = { slot, version, release, initial: now.slot === undefined };
  if (options.switch !== true || result.initial) return result;
  // It was asked about already.
  return { ...result, switch: await switchTo({ ...without(options, ["confirm"]), slot }) };
}

/** The config of the slot: that of the model, with what is given over it. The model's pin belongs to the model's version. */
export function slotConfig(version: string, model: unknown, options: DeployOptions): Record<string, unknown> {
  const wanted: Record<string, unknown> = structuredClone({
    ...without(slotOf(model), ["digest", "secrets"]),
    version,
  });
  if (options.command !== undefined) wanted["command"] = options.command;
  if (options.directory !== undefined) wanted["directory"] = options.directory;
  for (const [path, value] of Object.entries(options.set ?? {})) put(wanted, path, value);
  return wanted;
}

function put(into: Record<string, unknown>, path: string, value: string): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  if ([...keys, last].some((key) => key === "" || key === "__proto__"))
    throw new Failure("usage", `--set ${path}: this is not a key`);
  if ([...keys, last].includes("secrets")) {
    throw new Failure(
      "usage",
      `--set ${path}: a secret is set by \`pulumi config set --secret --path\`, never in the clear`,
    );
  }
  let at = into;
  for (const key of keys) {
    const next = at[key] ?? {};
    if (!isMap(next)) throw new Failure("usage", `--set ${path}: ${key} is not a map`);
    at[key] = next;
    at = next;
  }
  at[last] = value;
}

/** The whole config as it would be, before any of it is written. */
function check({ written, project }: OpenStack, slot: Slot, wanted: Record<string, unknown>, model: unknown): void {
  const secrets = { ...secretsOf(model), ...secretsOf(written[slot]) };
  loadConfig({ ...written, [slot]: { ...wanted, secrets } }, { prefix: `${project}:` });
}

function slotOf(value: unknown): Record<string, unknown> {
  return isMap(value) ? value : {};
}

function without<T extends object>(value: T, names: readonly (keyof T & string)[]): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name as never))) as Partial<T>;
}

/** Secrets that were set for the slot before stay; those that only the model has are taken over, encrypted. */
function missingSecrets(model: unknown, before: unknown, slot: Slot): Record<string, string> {
  const there = secretsOf(before);
  const missing = Object.entries(secretsOf(model)).filter(([name]) => !Object.hasOwn(there, name));
  return Object.fromEntries(missing.map(([name, value]) => [`${slot}.secrets.${name}`, String(value)]));
}

function secretsOf(slot: unknown): Record<string, unknown> {
  return slotOf(slotOf(slot)["secrets"]);
}

/** A refusal touched nothing, so its config must not stay either; a release that failed stays to be looked at and put right. */
function afterwards(error: unknown, slot: Slot, version: string, undo: () => boolean): Failure {
  const failure = error instanceof Failure ? error : new Failure("failed", String(error), { cause: error });
  if (failure.kind === "refused" || failure.kind === "locked") {
    const config = undo()
      ? "The config is as it was."
      : `The config still says ${version} for ${slot}: its file was changed meanwhile.`;
    return new Failure(failure.kind, `${failure.message}\n${config}`, { cause: failure });
  }
  const text = `${failure.message}\nThe config says ${version} for ${slot}, which does not serve. Put it right and run it again.`;
  return new Failure(failure.kind, text, { cause: failure });
}
