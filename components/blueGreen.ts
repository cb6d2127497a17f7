import * as pulumi from "@pulumi/pulumi";
import type { BlueGreenArgs } from "./config/args";
import { loadConfig } from "./config/load";
import type { Config } from "./config/schema";
import { settingsOf } from "./config/settings";
import { usedSecrets } from "./config/usedSecrets";
import type { Release } from "./model/release";
import { SLOTS, type Slot } from "./model/words";
import { platformOf } from "./platforms/index";
import type { Addresses, Platform } from "./platforms/platform";
import { Cutover, type LastCutover } from "./resources/cutover";
import { Gate } from "./resources/gate";
import type { PlannedRelease, SecretInputs, SwitchInputs } from "./resources/inputs";
import { Plan } from "./resources/plan";
import { Route } from "./resources/route";
import { secretsHash } from "./secretsHash";

/** One slot, for people and other programs. */
export interface SlotOutput {
  /** The release id it runs. */
  release: string;
  version: string;
  /** Its own address, past the route. */
  url: string;
  role: "active" | "idle";
}

/**
 * One service in two permanent slots behind one route. Changing `activeSlot` switches: gates are asked, traffic moves, is
 * verified and watched, and comes back by itself when an objective is breached.
 *
 * @throws pulumi.RunError with every problem of the arguments at once, before anything is declared.
 */
export class BlueGreen extends pulumi.ComponentResource {
  /** The slot that serves. */
  readonly activeSlot: pulumi.Output<Slot | "none">;
  /** The public address. */
  readonly url: pulumi.Output<string>;
  /** Always reaches the idle slot. */
  readonly previewUrl: pulumi.Output<string>;
  /** What runs in each configured slot. */
  readonly slots: pulumi.Output<Partial<Record<Slot, SlotOutput>>>;
  /** The share of traffic of each slot when the route was last read, in percent. */
  readonly route: pulumi.Output<Record<Slot, number>>;
  /** The newest cutover in short; null before the first. */
  readonly lastCutover: pulumi.Output<LastCutover | null>;

  constructor(name: string, args: BlueGreenArgs, opts?: pulumi.ComponentResourceOptions) {
    const { config, secrets, named } = separate(args);
    super("bluegreen:index:BlueGreen", name, {}, opts);
    const platform = platformOf(config.platform);
    const target = platform.target(config, pulumi.getStack());
    const releases = this.releases(platform, config, secrets);
    const inputs = {
      target,
      activeSlot: config.activeSlot,
      releases: planned(config, releases),
      settings: settingsOf(config),
    };
    const after = (...resources: pulumi.Resource[]) => ({ parent: this, dependsOn: resources });

    const preview = pulumi.runtime.isDryRun() && config.gate.preflight ? { preview: true } : {};
    const plan = new Plan(`${name}-plan`, { ...(inputs as unknown as SwitchInputs), ...preview }, { parent: this });
    const base = platform.declareBase({ name, config, target, opts: after(plan) });
    const route = new Route(`${name}-route`, { target, activeSlot: config.activeSlot }, after(plan, ...base));
    const slots = this.declareSlots(name, platform, config, target, releases, secrets, after(plan, route));
    const gate = new Gate(
      `${name}-gate`,
      { ...(inputs as unknown as SwitchInputs), ...named },
      after(plan, route, ...slots),
    );
    const cutoverInputs = { ...(inputs as unknown as SwitchInputs), ...named, evidence: gate.evidence };
    const cutover = new Cutover(`${name}-cutover`, cutoverInputs, after(plan, route, ...slots, gate));

    const addresses = platform.addresses(config);
    this.activeSlot = cutover.serves;
    this.url = pulumi.output(addresses.url);
    this.previewUrl = pulumi.output(addresses.previewUrl);
    this.slots = describe(config, releases, addresses, cutover.serves);
    this.route = cutover.serves.apply((slot) => ({
      blue: slot === "blue" ? 100 : 0,
      green: slot === "green" ? 100 : 0,
    }));
    this.lastCutover = cutover.lastCutover;
    this.registerOutputs({
      activeSlot: this.activeSlot,
      url: this.url,
      previewUrl: this.previewUrl,
      slots: this.slots,
      route: this.route,
      lastCutover: this.lastCutover,
    });
  }

  private releases(platform: Platform, config: Config, secrets: Secrets): Releases {
    const releases: Releases = {};
    for (const slot of SLOTS) {
      if (config[slot] === undefined) continue;
      // The hash tells nothing of the secrets, so what is made of it is none.
      const hash = pulumi.unsecret(secrets[slot].apply((values) => secretsHash(config.service, values)));
      releases[slot] = hash.apply((value) => platform.release(config, slot, value));
    }
    return releases;
  }

  private declareSlots(
    name: string,
    platform: Platform,
    config: Config,
    target: SwitchInputs["target"],
    releases: Releases,
    secrets: Secrets,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource[] {
    return SLOTS.flatMap((slot) => {
      const release = releases[slot];
      if (release === undefined) return [];
      return platform.declareSlot({ name, config, target, opts, slot, release, secrets: secrets[slot] });
    });
  }
}

type Releases = Partial<Record<Slot, pulumi.Output<Release>>>;
type Secrets = Record<Slot, pulumi.Output<Record<string, string>>>;

/** The plain part of the arguments, checked, and the secret values of each slot. */
function separate(args: BlueGreenArgs): { config: Config; secrets: Secrets; named: SecretInputs } {
  const names = (secrets: Record<string, unknown> | undefined) =>
    Object.fromEntries(Object.keys(secrets ?? {}).map((name) => [name, ""]));
  const raw: Record<string, unknown> = { ...args, secrets: names(args.secrets) };
  for (const slot of SLOTS) {
    const wanted = args[slot];
    if (wanted !== undefined) raw[slot] = { ...wanted, secrets: names(wanted.secrets) };
  }
  const secretsOf = (slot: Slot) => {
    const values: pulumi.Input<Record<string, pulumi.Input<string>>> = { ...args.secrets, ...args[slot]?.secrets };
    return pulumi.secret(pulumi.output(values));
  };
  const secrets = { blue: secretsOf("blue"), green: secretsOf("green") };
  try {
    const config = loadConfig(raw);
    return { config, secrets, named: namedSecrets(config, args.secrets ?? {}) };
  } catch (error) {
    // RunError is shown without a stack: it is the arguments that are wrong, not the program.
    throw new pulumi.RunError((error as Error).message);
  }
}

/** The secrets that hooks, objectives and notifications name; nothing at all when they name none. */
function namedSecrets(config: Config, secrets: Record<string, pulumi.Input<string>>): SecretInputs {
  const names = usedSecrets(settingsOf(config));
  if (names.length === 0) return {};
  const values: pulumi.Input<Record<string, pulumi.Input<string>>> = Object.fromEntries(
    names.map((name) => [name, secrets[name] ?? ""]),
  );
  return { secrets: pulumi.secret(pulumi.output(values)) };
}

function planned(config: Config, releases: Releases): Partial<Record<Slot, pulumi.Output<PlannedRelease>>> {
  const found: Partial<Record<Slot, pulumi.Output<PlannedRelease>>> = {};
  for (const slot of SLOTS) {
    const replicas = config[slot]?.replicas;
    if (replicas === undefined) continue;
    const release = releases[slot]?.apply(({ id, version, artefact }) => ({ id, version, artefact, replicas }));
    if (release !== undefined) found[slot] = release;
  }
  return found;
}

function describe(
  config: Config,
  releases: Releases,
  addresses: Addresses,
  serves: pulumi.Output<Slot | "none">,
): pulumi.Output<Partial<Record<Slot, SlotOutput>>> {
  return pulumi.all([pulumi.output(releases), serves]).apply(([known, active]) => {
    const slots: Partial<Record<Slot, SlotOutput>> = {};
    for (const slot of SLOTS) {
      const release = known[slot];
      if (release === undefined || config[slot] === undefined) continue;
      const role = active === slot ? "active" : "idle";
      slots[slot] = { release: release.id, version: release.version, url: addresses.slots[slot], role };
    }
    return slots;
  });
}
