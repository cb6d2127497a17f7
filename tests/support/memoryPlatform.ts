import type { Platform } from "../../components/platforms/platform";
import { PLATFORMS } from "../../components/platforms/index";
import type { CutoverRecord } from "../../components/model/record";
import { all } from "../../components/model/words";
import type { Settings, SwitchInputs, Target } from "../../components/resources/inputs";
import { MemoryClock } from "./memoryClock";
import { order, settings } from "./memoryCutover";
import { MemoryDriver } from "./memoryDriver";

/** Settings without waits, for handlers, which live in real time. */
export const quick = (changes: Partial<Settings> = {}): Settings =>
  settings({
    gate: { ...settings().gate, intervalMs: 1 },
    bake: { ...settings().bake, durationMs: 0 },
    ...changes,
  });

/** The same with a gate that soon gives up. */
export const impatient = (): Settings => quick({ gate: { ...quick().gate, deadlineMs: 20 } });

/** A platform in memory that the dynamic resources find by the name in the target. Collects what they print until disposed. */
export class MemoryPlatform {
  readonly driver = new MemoryDriver(new MemoryClock(Date.now()));
  readonly target: Target;
  /** What was told to the person who waits. */
  readonly said: string[] = [];
  private readonly log = console.log;

  constructor() {
    const { driver } = this;
    const unused = () => {
      throw new Error("the memory platform declares nothing");
    };
    const platform: Platform = {
      name: `memory ${Math.random()}`,
      target: unused,
      release: unused,
      declareBase: unused,
      declareSlot: unused,
      addresses: unused,
      driver: () => driver,
    };
    PLATFORMS[platform.name] = platform;
    console.log = (line: string) => this.said.push(line);
    this.target = { platform: platform.name, service: "shop", stack: "test", settings: {} };
  }

  dispose(): void {
    Reflect.deleteProperty(PLATFORMS, this.target.platform);
    console.log = this.log;
  }

  /** What Plan, Gate and Cutover are given when green is to serve; blue runs and serves. */
  inputs(changes: Partial<SwitchInputs> = {}): SwitchInputs {
    const { toRelease: green } = order();
    const blue = { ...green, id: this.driver.slots.blue.release, version: "1.0.0" };
    return { target: this.target, activeSlot: "green", releases: { blue, green }, settings: quick(), ...changes };
  }
}

/** The first deployment, after which blue served. */
export const firstDeployment: CutoverRecord = {
  id: "20260101T000000000Z-000000",
  service: "shop",
  stack: "test",
  kind: "initial",
  from: "none",
  to: "blue",
  fromRelease: "",
  toRelease: "1.0.0-aaaaaaaaaaaa",
  startedAt: "2026-01-01T00:00:00.000Z",
  endedAt: "2026-01-01T00:00:09.000Z",
  stages: [],
  written: [],
  weights: all("blue"),
  completion: "Promoted",
  who: "tester",
};
