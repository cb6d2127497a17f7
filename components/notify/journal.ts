import { keyOf, type CutoverEvent, type Happening } from "./event";
import type { Target } from "./schema";

/** What is to be told and who has not been told yet. Pure: what the outbox keeps between two runs. */
export interface Journal {
  version: 1;
  /** In the order they happened. */
  entries: Entry[];
}

export interface Entry {
  event: CutoverEvent;
  /** Names of targets that have not acknowledged it. */
  waiting: string[];
}

/** Where the journal is kept. */
export interface OutboxStore {
  /** The journal as it was saved last; undefined when there is none. */
  load(): Promise<Journal | undefined>;
  /** Atomic: never half a journal. */
  save(journal: Journal): Promise<void>;
}

/** Told entries are kept for a while, so that one that is given again is known. */
const KEPT_TOLD = 300;
/** Older news is of no use to anybody. Unit: milliseconds. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** The most that can wait for a receiver that is never there. */
const MOST_WAITING = 500;

export const emptyJournal: Journal = { version: 1, entries: [] };

/** With a happening at its end, unless it is there already. Its sequence number follows those of its cutover. */
export function added(journal: Journal, happening: Happening, targets: readonly Target[]): Journal {
  const siblings = journal.entries.filter(({ event }) => event.cutover === happening.cutover);
  if (siblings.some(({ event }) => event.transition === happening.transition)) return journal;
  const sequence = Math.max(0, ...siblings.map(({ event }) => event.sequence)) + 1;
  const waiting = targets.filter((target) => target.on.includes(happening.event)).map((target) => target.name);
  return { ...journal, entries: [...journal.entries, { event: { ...happening, sequence }, waiting }] };
}

/** Without the target among those who wait for the event. */
export function told(journal: Journal, event: CutoverEvent, target: string): Journal {
  const key = keyOf(event);
  const entries = journal.entries.map((entry) =>
    keyOf(entry.event) === key ? { ...entry, waiting: entry.waiting.filter((name) => name !== target) } : entry,
  );
  return { ...journal, entries };
}

/** The oldest event that a target has not been told: they are told in order. */
export function nextFor(journal: Journal, target: string): CutoverEvent | undefined {
  return journal.entries.find(({ waiting }) => waiting.includes(target))?.event;
}

export function waitingFor(journal: Journal, target: string): number {
  return journal.entries.filter(({ waiting }) => waiting.includes(target)).length;
}

/** Without what nobody waits for any more: targets that are no longer configured, old news, and the oldest of what was told. */
export function pruned(journal: Journal, targets: readonly Target[], now: number): Journal {
  const names = new Set(targets.map((target) => target.name));
  const open = journal.entries.map(({ event, waiting }, i): Entry => {
    const old = Date.parse(event.at) < now - LONGEST_WAIT_MS || i < journal.entries.length - MOST_WAITING;
    return { event, waiting: old ? [] : waiting.filter((name) => names.has(name)) };
  });
  const done = open.filter(({ waiting }) => waiting.length === 0);
  const dropped = new Set(done.slice(0, Math.max(0, done.length - KEPT_TOLD)));
  return { version: 1, entries: open.filter((entry) => !dropped.has(entry)) };
}
