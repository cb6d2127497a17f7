import { describeMs } from "../model/clock";
import type { Outcome, Run } from "./run";

/** Lets the old slot finish what it began, and takes down the figures of the switch. The old slot stays warm. */
export async function cleanUp(run: Run): Promise<Outcome> {
  const { order, driver, record } = run;
  if (order.from === "none") return { verdict: "pass", detail: "nothing to drain" };
  const drained = await driver.drain(order.from, order.settings.drainMs);
  record.drained = drained;
  record.switchTimes = await driver.switchTimes();
  const { firstNewMs, lastOldMs } = record.switchTimes;
  const times =
    firstNewMs === undefined
      ? ""
      : `; first answer of ${order.to} ${firstNewMs.toFixed(0)} ms after the write` +
        (lastOldMs === undefined ? "" : `, last of ${order.from} ${lastOldMs.toFixed(0)} ms`);
  return {
    verdict: "pass",
    detail: `${order.from} drained in ${describeMs(drained.waitedMs)}: ${drained.finished} finished, ${drained.cut} cut${times}`,
  };
}
