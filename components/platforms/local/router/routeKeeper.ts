import { describeWeights } from "../../../model/words";
import { fallenBack, hasExpired } from "./route";
import type { RouterLog } from "./routerLog";
import type { RouteState } from "./state";
import type { StateFile } from "./stateFile";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const RETRY_MS = 1000;

/**
 * The one owner of the route: changes come one after the other, each is on disk before it is applied and answered, and a
 * transaction that nobody confirms in time falls back here.
 */
export class RouteKeeper {
  private tail: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private state: RouteState,
    private readonly file: StateFile,
    private readonly log: RouterLog,
    private readonly apply: (next: RouteState, previous: RouteState) => void,
  ) {}

  /** Applies what was committed before a restart; an expired transaction falls back before this returns. */
  async open(): Promise<void> {
    this.apply(this.state, this.state);
    await this.change((state) => state);
  }

  get live(): RouteState {
    return this.state;
  }

  /** Runs one decision on the state as it then is. @throws what `decide` throws, or why the state could not be saved. */
  change(decide: (state: RouteState, now: number) => RouteState): Promise<RouteState> {
    return this.exclusively(() => Promise.resolve(decide(this.state, Date.now())));
  }

  /** As `change`, for a decision that has to wait for something (a port to bind) while no other change may come between. */
  exclusively(decide: (state: RouteState) => Promise<RouteState>): Promise<RouteState> {
    const run = this.tail.then(async () => {
      await this.fallBackIfExpired();
      const next = await decide(this.state);
      if (next !== this.state) {
        await this.file.write(next);
        this.adopt(next);
      }
      return this.state;
    });
    // A refused change is its caller's business; the next one starts all the same.
    this.tail = run.then(
      () => undefined,
      () => undefined,
    );
    return run;
  }

  /** Waits for the changes under way. The transaction on disk stays open: it falls back after the next start. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.tail;
  }

  private adopt(next: RouteState): void {
    const previous = this.state;
    this.state = next;
    this.apply(next, previous);
    this.arm(next.transaction === null ? undefined : next.transaction.expiresAt - Date.now());
  }

  private arm(ms: number | undefined): void {
    clearTimeout(this.timer);
    if (ms === undefined || this.closed) return;
    this.timer = setTimeout(
      () => {
        this.change((state) => {
          if (state.transaction !== null) this.arm(state.transaction.expiresAt - Date.now());
          return state;
        }).catch((error: unknown) => {
          this.log.error(`the fallback of an open transaction failed, trying again: ${String(error)}`);
          this.arm(RETRY_MS);
        });
      },
      Math.min(Math.max(ms, 1), LONGEST_TIMER_MS),
    );
  }

  private async fallBackIfExpired(): Promise<void> {
    if (!hasExpired(this.state, Date.now())) {
      if (this.timer === undefined && this.state.transaction !== null)
        this.arm(this.state.transaction.expiresAt - Date.now());
      return;
    }
    const id = this.state.transaction?.id ?? "";
    const next = fallenBack(this.state, "expired", Date.now());
    this.log.error(
      next.revision === this.state.revision
        ? `transaction ${id} was not confirmed in time, but no instance is left to fall back to: ${describeWeights(next.weights)} keeps serving`
        : `transaction ${id} was not confirmed in time: fell back from ${describeWeights(this.state.weights)} to ${describeWeights(next.weights)}`,
    );
    try {
      await this.file.write(next);
    } catch (error) {
      // Safe to apply unsaved: what is on disk is the expired transaction, which means the same after a restart.
      this.log.error(`the fallback could not be saved to ${this.file.path}: ${String(error)}`);
    }
    this.adopt(next);
  }
}
