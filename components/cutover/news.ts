import type { Clock } from "../model/clock";
import type { Happening } from "../notify/event";
import { Outbox } from "../notify/outbox";
import type { Driver } from "../platforms/driver";
import type { CutoverOrder } from "./run";

/** Whom to tell what happens. Telling never fails and never waits; only `flush` does, for a bounded time. */
export interface News {
  publish(happening: Happening): void;
  flush(ms: number): Promise<unknown>;
}

const NOBODY: News = { publish: () => undefined, flush: () => Promise.resolve() };

/** The webhooks of the config, or nobody. */
export function newsOf(driver: Driver, order: CutoverOrder, clock: Clock, say: (line: string) => void): News {
  const targets = order.settings.notifications ?? [];
  if (targets.length === 0) return NOBODY;
  return new Outbox({ targets, secrets: order.secrets ?? {}, store: driver.outbox, clock, say });
}
