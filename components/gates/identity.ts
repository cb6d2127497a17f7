import { versionOf } from "../model/release";
import type { Driver } from "../platforms/driver";
import type { GateSettings } from "../resources/inputs";
import type { CheckResult } from "./evidence";
import { at } from "./pointer";
import type { Subject } from "./readiness";

/**
 * The responder proves who it is: the platform says which slot and release own the answering process, and, when asked for,
 * the application names its version itself. A smoke test against the wrong slot would prove nothing.
 */
export async function identity(driver: Driver, subject: Subject, gate: GateSettings): Promise<CheckResult> {
  const own = gate.identity;
  const condition = await driver.condition(subject.slot);
  const wrong: string[] = [];
  for (const instance of condition.instances) {
    const path = own?.path ?? gate.path;
    try {
      const answer = await driver.probeInstance(subject.slot, instance.name, {
        method: "GET",
        path,
        timeoutMs: gate.timeoutMs,
      });
      if (answer.slot !== subject.slot || answer.release !== subject.release) {
        wrong.push(`${instance.address} is ${answer.slot ?? "nobody's"}, release ${answer.release ?? "unknown"}`);
        continue;
      }
      if (own === undefined) continue;
      const said =
        own.header === undefined
          ? at(JSON.parse(answer.body), own.pointer ?? "")
          : answer.headers[own.header.toLowerCase()];
      const version = versionOf(subject.release);
      if (String(said) !== version && String(said) !== subject.release) {
        wrong.push(`${instance.address}${path} says it is ${JSON.stringify(said)}, not ${version}`);
      }
    } catch (error) {
      wrong.push(`${instance.address}${path}: ${(error as Error).message}`);
    }
  }
  if (condition.instances.length === 0) wrong.push("no instance to ask");
  return wrong.length === 0
    ? { name: "identity", verdict: "pass", detail: `every instance is ${subject.slot}, release ${subject.release}` }
    : {
        name: "identity",
        verdict: "fail",
        detail: `wanted ${subject.slot}, release ${subject.release}\n  ${wrong.join("\n  ")}`,
      };
}
