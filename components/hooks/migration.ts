import type { CutoverRecord } from "../model/record";
import type { HookRecord } from "./sequence";

type Hooked = CutoverRecord & { hooks?: HookRecord[] };

/** Why a release cannot simply serve again. */
export interface MigrationBlock {
  /** The contract steps in the way, the oldest first. */
  ids: string[];
  /** What was found, what serves, and what to do. */
  message: string;
}

/**
 * Whether going from one release to another goes back past a contract step: one that was begun when the other release had
 * served already, which therefore does not know what the database looks like now. A step that failed counts too, since part
 * of it may have been done. Never asked by the revert of a cutover under way: contract steps come after the bake.
 *
 * @param records the history, newest first.
 * @returns undefined when nothing is in the way.
 */
export function blocksRollback(records: readonly Hooked[], from: string, to: string): MigrationBlock | undefined {
  if (from === to) return undefined;
  const history = [...records].reverse();
  const seen = new Set<string>();
  const ids: string[] = [];
  let served = false;
  for (const record of history) {
    // What served before this cutover, and what an earlier one brought to serve.
    served ||= record.fromRelease === to;
    for (const { migration, attempts } of record.hooks ?? []) {
      if (migration?.class !== "contract" || attempts === 0 || seen.has(migration.id)) continue;
      seen.add(migration.id);
      if (served) ids.push(migration.id);
    }
    served ||= record.toRelease === to && SERVED.has(record.completion);
  }
  if (ids.length === 0) return undefined;
  const steps = ids.length === 1 ? `the contract step ${ids[0] ?? ""}` : `the contract steps ${ids.join(", ")}`;
  const message =
    `Release ${to} was made for the database as it was before ${steps}, and may not work with it now. ` +
    `${from} goes on serving. Release a mended version instead, or go back all the same with the flag that says so.`;
  return { ids, message };
}

const SERVED: ReadonlySet<CutoverRecord["completion"]> = new Set<CutoverRecord["completion"]>([
  "Promoted",
  "FastPromoted",
  "FastRolledBack",
]);
