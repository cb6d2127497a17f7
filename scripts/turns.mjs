// Lets set-ups that run at the same time take turns, whichever folder or terminal they were started from.
import { hostname } from "node:os";
import { dirname } from "node:path";
import { linkSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { clearInterval, setInterval } from "node:timers";
import { randomUUID } from "node:crypto";

/** The holder says at this interval that it is alive. A process id alone says little: it may have been given away again. */
const HEARTBEAT_MS = 2_000;
const DEAD_AFTER_MS = 90_000;

/**
 * Runs `work` while holding `lockFile`, waiting for its present holder first. A holder that died is passed over.
 * @param {string} lockFile
 * @param {() => Promise<T>} work
 * @param {{ waiting?: (holder: number) => void }} [options] `waiting` is called once when another process holds the lock
 * @returns {Promise<T>}
 * @template T
 */
export async function inTurn(lockFile, work, options = {}) {
  const token = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  mkdirSync(dirname(lockFile), { recursive: true });
  let told = false;
  while (!take(lockFile, token)) {
    const holder = read(lockFile);
    if (holder === undefined) continue;
    if (isDead(lockFile, holder)) {
      passOver(lockFile, holder);
      continue;
    }
    if (!told) options.waiting?.(JSON.parse(holder).pid);
    told = true;
    await sleep(250);
  }
  const heartbeat = setInterval(() => touch(lockFile), HEARTBEAT_MS);
  const release = () => {
    if (read(lockFile) === token) rmSync(lockFile, { force: true });
  };
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.removeListener("exit", release);
    release();
  }
}

/** A link either appears with its whole content or not at all, and never replaces a file. */
function take(lockFile, token) {
  const own = `${lockFile}.${process.pid}`;
  writeFileSync(own, token);
  try {
    linkSync(own, lockFile);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function read(lockFile) {
  try {
    return readFileSync(lockFile, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function touch(lockFile) {
  try {
    utimesSync(lockFile, new Date(), new Date());
  } catch (error) {
    // Somebody removed the lock by hand; the work in hand is not made wrong by that.
    if (error.code !== "ENOENT") throw error;
  }
}

function isDead(lockFile, holder) {
  const { pid, host } = JSON.parse(holder);
  if (host === hostname() && !isRunning(pid)) return true;
  const seen = statSync(lockFile, { throwIfNoEntry: false })?.mtimeMs;
  return seen !== undefined && Date.now() - seen > DEAD_AFTER_MS;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Removes the lock of a dead holder. Two waiters may see the same dead holder: only the one that makes the folder named
 * after it may remove the lock, and only when it is that holder's still, so that a live holder's lock is never removed.
 */
function passOver(lockFile, holder) {
  const right = `${lockFile}.${JSON.parse(holder).id}`;
  try {
    mkdirSync(right);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return;
  }
  try {
    if (read(lockFile) === holder) rmSync(lockFile, { force: true });
  } finally {
    rmdirSync(right);
  }
}
