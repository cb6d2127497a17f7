import type { ChildProcess } from "node:child_process";

/** The next message of a process that `Scope.fork` started. @throws when it ends before, or the time is over. */
export function message<T>(child: ChildProcess, what: string, withinMs = 30_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit).off("error", onError);
      end();
    };
    const fail = (reason: string): void => settle(() => reject(new Error(`${what}: ${reason}`)));
    const onMessage = (value: unknown): void => settle(() => resolve(value as T));
    const onExit = (code: number | null, signal: string | null): void =>
      fail(`the process ended (${signal ?? `exit code ${String(code)}`})`);
    const onError = (error: Error): void => fail(error.message);
    const timer = setTimeout(() => fail(`no word within ${withinMs / 1000} s`), withinMs);
    child.once("message", onMessage).once("exit", onExit).once("error", onError);
  });
}

/** For the other end: tells the process that started this one. */
export function tell(value: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error("this program is started by `npm run bench`, not by hand");
    process.send(value, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

/** For the other end: what it was given. Also sees to it that it never outlives who started it. */
export function settingsOf(): unknown {
  process.once("disconnect", () => process.exit(0));
  return JSON.parse(process.argv[2] ?? "null");
}
