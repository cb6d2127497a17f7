import { totalmem } from "node:os";
import type { ResourceFigure, SourceSettings } from "../../model/objective";
import type { InstanceCondition } from "../../platforms/driver";
import type { Source } from "../source";
import { instancesOf } from "./instances";

type Settings = Extract<SourceSettings, { kind: "resource" }>;

const UNITS: Record<ResourceFigure, string> = {
  cpuPercent: " % CPU",
  memoryMiB: " MiB",
  memoryPercent: " % of the memory",
  restarts: " restarts",
};

/** The figure of the instance that is worst off. Restarts are those since the watch began. */
export function resourceSource(settings: Settings): Source {
  const { figure } = settings;
  let begun: ReadonlyMap<string, number> | undefined;
  return {
    async prime(context) {
      if (figure !== "restarts") return;
      begun = new Map((await instancesOf(context)).map((instance) => [instance.name, instance.restarts]));
    },
    async sample(context) {
      const instances = await instancesOf(context);
      const figures = instances.map((instance) => ({ instance, value: figureOf(instance, settings, begun) }));
      const without = figures.find(({ value }) => value === undefined)?.instance;
      if (without !== undefined) {
        const reason = without.running ? "" : ` (${without.problem ?? "not running"})`;
        throw new Error(`${figure} of ${without.name} is not known${reason}`);
      }
      const [worst] = figures.sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
      if (worst?.value === undefined) return { missing: `${context.slot} has no instance` };
      const shown = Math.round(worst.value * 10) / 10;
      return { value: worst.value, detail: `at most ${shown}${UNITS[figure]} (${worst.instance.name})` };
    },
  };
}

function figureOf(
  instance: InstanceCondition,
  { figure, memoryLimitMiB }: Settings,
  begun: ReadonlyMap<string, number> | undefined,
): number | undefined {
  if (figure === "cpuPercent") return instance.cpuPercent;
  if (figure === "restarts") return Math.max(0, instance.restarts - (begun?.get(instance.name) ?? 0));
  if (instance.memoryMiB === undefined || figure === "memoryMiB") return instance.memoryMiB;
  return (100 * instance.memoryMiB) / (memoryLimitMiB ?? machineMemoryMiB());
}

/** The memory there is for everything on this machine, or in this container. */
function machineMemoryMiB(): number {
  // Without a limit it is 0 or a number beyond all memory.
  const limit = process.constrainedMemory();
  return (limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 1024 ** 2;
}
