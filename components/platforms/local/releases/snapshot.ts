import { constants, statSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { startTimeOf } from "../process/identity";
import { contentsOf, isInside, type Entry } from "./contents";
import { digestOf } from "./digest";
import { inParallel } from "./inParallel";

/** Copies under way, and snapshots being removed, are hidden and name the process at work: another one clears up after its death. */
const UNFINISHED = /^\.(?:copying|removing)-(\d+)-/;

/** Where the snapshot of this digest is; undefined when none was taken, or it was pruned. */
export function snapshotPath(store: string, digest: string): string | undefined {
  const path = join(resolve(store), hexOf(digest));
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : undefined;
}

/**
 * Copies a release's directory into the store, once for each digest, and gives the copy's path. What runs is this copy, so
 * later edits change nothing that runs and an earlier release is still there to go back to. It appears complete or not
 * at all, also when two processes take the same one at once. When it exists already the source is not looked at.
 *
 * @param digest What {@link digestOf} said about the directory with the same `exclude`.
 * @throws when the copy has another digest, because the source has changed since; nothing is left behind then.
 */
export async function takeSnapshot(
  store: string,
  directory: string,
  digest: string,
  exclude: readonly string[] = [],
): Promise<string> {
  const existing = snapshotPath(store, digest);
  if (existing !== undefined) return existing;
  await mkdir(store, { recursive: true, mode: 0o700 });
  const entries = await contentsOf(directory, exclude);
  refuseStoreInside(store, directory, entries);
  const copy = await mkdtemp(join(resolve(store), `.copying-${process.pid}-`));
  try {
    await copyEntries(directory, copy, entries);
    const found = await digestOf(copy, { exclude });
    if (found !== digest) {
      throw new Error(
        `${directory} has changed since its digest was taken: wanted ${digest}, the copy has ${found}. ` +
          "Nothing was released. Run `pulumi up` again once nobody writes to it; if the application itself writes there, " +
          "add those files to `exclude`.",
      );
    }
    return await putInPlace(copy, join(resolve(store), hexOf(digest)));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/**
 * Removes every snapshot but these, and what copies that were interrupted left behind. The caller keeps what still runs.
 *
 * @returns The digests that were removed.
 */
export async function pruneSnapshots(store: string, keep: readonly string[]): Promise<string[]> {
  const kept = new Set(keep.map(hexOf));
  const names = (await readdir(store).catch(undefinedWhenMissing)) ?? [];
  const removed: string[] = [];
  for (const name of names) {
    const worker = UNFINISHED.exec(name)?.[1];
    if (worker !== undefined && startTimeOf(Number(worker)) === undefined) await remove(join(store, name));
    if (!/^[0-9a-f]{64}$/.test(name) || kept.has(name)) continue;
    // Renamed first, so that nobody ever finds half a snapshot.
    const doomed = join(await mkdtemp(join(store, `.removing-${process.pid}-`)), name);
    const moved = await rename(join(store, name), doomed).then(() => true, falseWhenMissing);
    await remove(dirname(doomed));
    if (moved) removed.push(`sha256:${name}`);
  }
  return removed;
}

async function copyEntries(from: string, to: string, entries: readonly Entry[]): Promise<void> {
  const folders = new Set(entries.map(({ kind, path }) => (kind === "directory" ? path : dirname(path))));
  for (const folder of folders) await mkdir(join(to, folder), { recursive: true });
  await inParallel(entries, async (entry) => {
    const target = join(to, entry.path);
    if (entry.kind === "link") await symlink(entry.target, target);
    // Where the file system can, the copy shares its blocks with the original until one of them is written to.
    if (entry.kind === "file") await copyFile(join(from, entry.path), target, constants.COPYFILE_FICLONE);
  });
}

async function putInPlace(copy: string, path: string): Promise<string> {
  try {
    await rename(copy, path);
  } catch (error) {
    // Somebody else was faster; by its name what is there has the same content.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
  return path;
}

function refuseStoreInside(store: string, directory: string, entries: readonly Entry[]): void {
  if (!isInside(resolve(directory), resolve(store))) return;
  const inside = relative(resolve(directory), resolve(store)).replaceAll("\\", "/");
  if (!entries.some(({ path }) => path === inside || path.startsWith(`${inside}/`) || inside === "")) return;
  throw new Error(
    `the store of releases ${store} lies inside ${directory}, so each release would contain the ones before it. ` +
      `Add "/${inside}" to \`exclude\`.`,
  );
}

function hexOf(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new Error(`"${digest}" is not a digest: wanted sha256: and 64 hex digits`);
  return hex;
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

function undefinedWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

function falseWhenMissing(error: NodeJS.ErrnoException): false {
  if (error.code !== "ENOENT") throw error;
  return false;
}
