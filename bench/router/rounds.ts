import { median } from "../quantile";
import type { LoadDriver } from "./driver";
import type { Throughput } from "./wrk";

/** One thing that is put under load in each round. */
export interface Contestant {
  url: string;
  /** Before each of its turns. */
  prepare?: () => Promise<unknown>;
  rounds: Throughput[];
}

export interface Plan {
  connections: number;
  rounds: number;
  /** Length of one turn. */
  seconds: number;
  warmSeconds: number;
}

/** Gives each contestant its turn in every round, so that what else the machine does falls on all of them alike. */
export async function playRounds(contestants: readonly Contestant[], driver: LoadDriver, plan: Plan): Promise<void> {
  for (const { url, prepare } of contestants) {
    await prepare?.();
    await driver.drive(url, plan.connections, plan.warmSeconds);
  }
  for (let round = 0; round < plan.rounds; round++) {
    // Every other round backwards, so that nobody always comes after the same one.
    for (const { url, prepare, rounds } of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      await prepare?.();
      rounds.push(await driver.drive(url, plan.connections, plan.seconds));
    }
  }
}

export function medianOf(rounds: readonly Throughput[], key: keyof Throughput): number {
  return median(rounds.map((round) => round[key]));
}

/** The median of the ratios within each round: rounds differ more from each other than the contestants do. */
export function ratioOf(own: readonly Throughput[], peer: readonly Throughput[], key: keyof Throughput): number {
  return median(own.map((round, i) => round[key] / (peer[i]?.[key] ?? NaN)));
}
