import type { Slot } from "../model/words";
import { describeMs } from "../model/clock";
import type { Outcome, Run } from "./run";

/** Asks the public address until enough answers in a row came from the wanted slot and release. */
export async function answersFrom(
  run: Run,
  wanted: { slot: Slot; release: string; consecutive: number; timeoutMs: number },
): Promise<Outcome> {
  const { driver, clock, order } = run;
  const { path } = order.settings.verify;
  const deadline = clock.now() + wanted.timeoutMs;
  let row = 0;
  let asked = 0;
  let odd = "no answer yet";
  while (row < wanted.consecutive) {
    if (run.lost !== undefined) return { verdict: "error", detail: run.lost };
    if (clock.now() > deadline) {
      const detail = `${row} of ${wanted.consecutive} answers in a row came from ${wanted.slot} after ${describeMs(wanted.timeoutMs)}; last other one: ${odd}`;
      return { verdict: "timeout", detail };
    }
    asked += 1;
    let problem: string | undefined;
    try {
      const answer = await driver.probePublic({ method: "GET", path, timeoutMs: order.settings.gate.timeoutMs });
      if (answer.slot !== wanted.slot || answer.release !== wanted.release) {
        problem = `${answer.slot ?? "nobody"}, release ${answer.release ?? "unknown"}`;
      } else if (answer.status >= 500) problem = `status ${answer.status} from ${answer.slot}`;
    } catch (error) {
      problem = (error as Error).message;
    }
    if (problem === undefined) row += 1;
    else {
      row = 0;
      odd = problem;
      await clock.sleep(50);
    }
  }
  return {
    verdict: "pass",
    detail: `${wanted.consecutive} answers in a row from ${wanted.slot}, release ${wanted.release} (${asked} asked)`,
  };
}

/** An accepted write is not a switch: the data plane must show the new slot. The cutover's time ends with this proof. */
export async function verify(run: Run): Promise<Outcome> {
  const { to, toRelease, settings } = run.order;
  const outcome = await answersFrom(run, {
    slot: to,
    release: toRelease.id,
    consecutive: settings.verify.consecutive,
    timeoutMs: settings.verify.timeoutMs,
  });
  const shifted = run.record.stages.find((stage) => stage.stage === "PRODUCTION_TRAFFIC_SHIFT");
  if (shifted !== undefined) run.record.cutoverMs = run.clock.now() - Date.parse(shifted.startedAt);
  return outcome;
}
