import type { Clock } from "../model/clock";
import { describeMs } from "../model/clock";
import type { Sample } from "../model/objective";
import { promDuration, type Filling } from "../model/template";
import type { Slot } from "../model/words";
import type { Driver } from "../platforms/driver";

/** Of what a sample is taken, and with what. */
export interface SampleContext {
  slot: Slot;
  /** The release id that runs in the slot. */
  release: string;
  version: string;
  service: string;
  driver: Driver;
  /** The time between samples, which a sample is to cover. Unit: milliseconds. */
  intervalMs: number;
  /** The longest time a sample may take. Unit: milliseconds. */
  timeoutMs: number;
  /** The value of a secret of the configuration; undefined when there is none of this name. */
  secrets: (name: string) => string | undefined;
  clock: Clock;
  /** Aborts when nobody waits for the sample any more. */
  signal?: AbortSignal;
}

/** One provider of evidence, for one objective and one slot: it may remember what it read last. */
export interface Source {
  /** Takes the reading that the first sample is compared with, where a sample is what happened since the last. */
  prime?(context: SampleContext): Promise<void>;
  /**
   * @throws SampleTimeout when there was no answer in time.
   * @throws with what was asked and what is wrong; secrets are not in the text.
   */
  sample(context: SampleContext): Promise<Sample>;
}

/** No answer within the time of one measurement. */
export class SampleTimeout extends Error {
  override readonly name = "SampleTimeout";

  static after(what: string, timeoutMs: number): SampleTimeout {
    return new SampleTimeout(`${what}: no answer within ${describeMs(timeoutMs)}`);
  }
}

/** Aborts at the deadline of a sample that begins now, and when nobody waits for it any more. */
export function deadlineOf(context: SampleContext): AbortSignal {
  const deadline = AbortSignal.timeout(context.timeoutMs);
  return context.signal === undefined ? deadline : AbortSignal.any([deadline, context.signal]);
}

export function fillingOf({ slot, release, version, service, intervalMs }: SampleContext): Filling {
  return { slot, release, version, service, interval: promDuration(intervalMs) };
}
