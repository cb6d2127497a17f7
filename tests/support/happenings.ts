import type { Happening } from "../../components/notify/event";
import type { Journal, OutboxStore } from "../../components/notify/journal";
import { EVENTS } from "../../components/notify/event";
import type { Target } from "../../components/notify/schema";

/** Something that happened in a switch from blue to green. */
export function happening(transition: string, changes: Partial<Happening> = {}): Happening {
  return {
    transition,
    event: "stage",
    at: "2026-03-01T12:00:00.000Z",
    cutover: "c1",
    service: "shop",
    stack: "test",
    kind: "switch",
    from: "blue",
    to: "green",
    fromRelease: "1.0.0-aaaaaaaaaaaa",
    toRelease: "1.1.0-bbbbbbbbbbbb",
    who: "tester",
    ...changes,
  };
}

/** A target that is told of everything. */
export function target(name: string, changes: Partial<Target> = {}): Target {
  const url = `https://${name}.example/hook/secret-path?key=secret-key`;
  return { name, url, format: "generic", on: [...EVENTS], timeoutMs: 5000, retries: 3, ...changes };
}

/** A journal in memory. */
export class MemoryStore implements OutboxStore {
  text: string | undefined;

  load(): Promise<Journal | undefined> {
    return Promise.resolve(this.text === undefined ? undefined : (JSON.parse(this.text) as Journal));
  }

  save(journal: Journal): Promise<void> {
    this.text = JSON.stringify(journal);
    return Promise.resolve();
  }
}
