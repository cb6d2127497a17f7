import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { BenchmarkName, Figure } from "../figure";

/** `bench/results.json`. */
export interface Results {
  machine: Machine;
  /** When the run began: ISO time. */
  at: string;
  /** How long it took, s. */
  seconds: number;
  /** Tiny numbers, for trying out: they say nothing. */
  quick: boolean;
  figures: Figure[];
  notes: Partial<Record<BenchmarkName, string[]>>;
}

export interface Machine {
  cpus: number;
  model: string;
  memoryGiB: number;
  node: string;
  platform: string;
  /** Processes that wanted a core in the minute before the run (load average). Much above 0, and others took part in the figures. */
  loadBefore: number;
}

export function thisMachine(): Machine {
  const cores = cpus();
  return {
    cpus: cores.length,
    model: cores[0]?.model.trim() ?? "unknown",
    memoryGiB: Math.round((totalmem() / 1024 ** 3) * 10) / 10,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

export async function writeResults(file: string, results: Results): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await writeFileAtomic(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** @throws when nothing was measured yet */
export function readResults(file: string): Results {
  if (!existsSync(file)) throw new Error(`${file} does not exist: run \`npm run bench\` first`);
  return JSON.parse(readFileSync(file, "utf8")) as Results;
}

/** What a reader must know when the machine was not free; undefined when it was. */
export function disturbance({ cpus: cores, loadBefore }: Machine): string | undefined {
  if (loadBefore < cores / 2) return undefined;
  return `The machine was busy before the run began (load average ${loadBefore} on ${cores} cores): the figures are of that, too.`;
}

/** `5 of 6 goals hold` */
export function verdict(figures: readonly Figure[]): string {
  const judged = figures.filter(({ holds }) => holds !== null);
  const unjudged = figures.filter(({ goal, holds }) => goal !== null && holds === null).length;
  return (
    `${judged.filter(({ holds }) => holds).length} of ${judged.length} goals hold` +
    (unjudged === 0 ? "" : `, ${unjudged} could not be judged`)
  );
}
