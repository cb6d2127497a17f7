import { relative, resolve } from "node:path";
import type { Config, SlotConfig } from "../../config/schema";
import { parseDuration } from "../../config/duration";
import { releaseOf } from "../../model/release";
import type { Slot } from "../../model/words";
import type { Target } from "../../resources/inputs";
import type { Platform } from "../platform";
import { LocalDriver } from "./driver";
import { originOf } from "./reachable";
import type { LocalSettings } from "./layout";
import { artefactOf, LocalSlot } from "./slotResource";
import { LocalRouter } from "./routerResource";

const ms = (text: string) => parseDuration(text) ?? 0;

/** Processes on this machine behind a router: the embedded default, and the base of every example. */
export const local: Platform = {
  name: "local",

  target(config, stack): Target {
    const { local } = config;
    const settings: LocalSettings = {
      directory: local.directory === "" ? `.bluegreen/${stack}/${config.service}` : local.directory,
      store: ".bluegreen/releases",
      host: local.host,
      port: local.port,
      previewPort: local.previewPort,
      ports: { blue: local.bluePort, green: local.greenPort },
      stopMs: ms(local.stopTimeout),
    };
    return { platform: "local", service: config.service, stack, settings };
  },

  async release(config, slot, secretsHash) {
    const wanted = configured(config, slot);
    const { command, environment, version } = wanted;
    const artefact = wanted.digest ?? (await artefactOf(sourceOf(wanted), { exclude: config.local.exclude }));
    const variables = { ...config.environment, ...environment };
    return releaseOf(version, artefact, { command, environment: variables, secretsHash });
  },

  declareBase({ name, config, target, opts }) {
    const { local } = config;
    const router = {
      service: config.service,
      host: local.host,
      port: local.port,
      previewPort: local.previewPort,
      previewHeader: local.previewHeader,
      stickyCookie: local.stickyCookie,
      stickySeconds: Math.round(ms(local.stickyFor) / 1000),
      accessLog: local.accessLog,
    };
    return [
      new LocalRouter(
        `${name}-router`,
        { target, activeSlot: config.activeSlot, router, stopMs: ms(local.stopTimeout) },
        opts,
      ),
    ];
  },

  declareSlot({ name, config, target, opts, slot, release, secrets }) {
    const { command, environment, replicas, ...wanted } = configured(config, slot);
    const inputs = {
      target,
      slot,
      release,
      replicas,
      command: command ?? [],
      // Relative, so that the state does not depend on where the project lies.
      source: relative(process.cwd(), sourceOf(wanted)) || ".",
      exclude: config.local.exclude,
      environment: { ...config.environment, ...environment },
      secrets,
      logs: { maxBytes: config.local.logSize * 1024 * 1024, keep: config.local.logFiles },
    };
    return [new LocalSlot(`${name}-${slot}`, inputs, opts)];
  },

  addresses({ local }) {
    const url = (port: number) => originOf({ host: local.host, port });
    return {
      url: url(local.port),
      previewUrl: url(local.previewPort),
      slots: { blue: url(local.bluePort), green: url(local.greenPort) },
    };
  },

  driver: (target) => new LocalDriver(target),
};

function configured(config: Config, slot: Slot): SlotConfig {
  const wanted = config[slot];
  if (wanted === undefined) throw new Error(`${slot} is not configured`);
  return wanted;
}

const sourceOf = ({ directory }: Pick<SlotConfig, "directory">) => resolve(directory ?? ".");
