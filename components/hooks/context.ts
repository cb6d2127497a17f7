import type { CutoverOrder } from "../cutover/run";
import { SLOTS, type Slot } from "../model/words";
import type { Driver } from "../platforms/driver";
import type { HookStage } from "./stages";

/** What a hook is told of the cutover: a command as environment, a request as its JSON body. */
export interface HookContext {
  service: string;
  stack: string;
  cutover: string;
  kind: CutoverOrder["kind"];
  stage: HookStage;
  from: Slot | "none";
  to: Slot;
  fromRelease: string;
  toRelease: string;
  /** The slot that serves once the way back is gone: the old one, and in a rollback the one that is rolled back to. */
  back: Slot | "none";
  /** Addresses of each slot's running instances. */
  addresses: Record<Slot, string[]>;
}

/** Works out a context. A slot that cannot be asked has no addresses: whether that matters is for the hook to say. */
export async function contextOf(
  order: Pick<CutoverOrder, "service" | "stack" | "kind" | "from" | "to" | "fromRelease" | "toRelease">,
  cutover: string,
  stage: HookStage,
  driver: Pick<Driver, "condition">,
): Promise<HookContext> {
  const { service, stack, kind, from, to, fromRelease, toRelease } = order;
  const [blue, green] = await Promise.all(SLOTS.map((slot) => addressesOf(driver, slot)));
  return {
    service,
    stack,
    cutover,
    kind,
    stage,
    from,
    to,
    fromRelease,
    toRelease: toRelease.id,
    back: kind === "rollback" ? to : from,
    addresses: { blue: blue ?? [], green: green ?? [] },
  };
}

/** The variables of a command. Several addresses are separated by spaces; the plain one is the first of them. */
export function environmentOf(context: HookContext): Record<string, string> {
  const of = (slot: Slot | "none") => (slot === "none" ? [] : context.addresses[slot]);
  return {
    BLUEGREEN_SERVICE: context.service,
    BLUEGREEN_STACK: context.stack,
    BLUEGREEN_CUTOVER: context.cutover,
    BLUEGREEN_KIND: context.kind,
    BLUEGREEN_STAGE: context.stage,
    BLUEGREEN_FROM: context.from,
    BLUEGREEN_TO: context.to,
    BLUEGREEN_BACK: context.back,
    BLUEGREEN_FROM_RELEASE: context.fromRelease,
    BLUEGREEN_TO_RELEASE: context.toRelease,
    BLUEGREEN_FROM_ADDRESS: of(context.from)[0] ?? "",
    BLUEGREEN_TO_ADDRESS: of(context.to)[0] ?? "",
    BLUEGREEN_FROM_ADDRESSES: of(context.from).join(" "),
    BLUEGREEN_TO_ADDRESSES: of(context.to).join(" "),
  };
}

async function addressesOf(driver: Pick<Driver, "condition">, slot: Slot): Promise<string[]> {
  try {
    const { instances } = await driver.condition(slot);
    return instances.filter((instance) => instance.running).map((instance) => instance.address);
  } catch {
    return [];
  }
}
