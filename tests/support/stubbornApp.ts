import { identityOf, type ProcessIdentity } from "../../components/platforms/local/process/identity";
import type { SupervisedSlot } from "./supervisedSlot";

const PARENT = `
const { spawn } = require("node:child_process");
process.on("SIGTERM", () => {});
spawn(process.execPath, ["child.js"], { detached: process.env.LEAVE === "yes", stdio: "ignore" });
setInterval(() => {}, 1000);`;

const CHILD = `
process.on("SIGTERM", () => {});
require("node:fs").writeFileSync("child-" + process.env.INSTANCE, String(process.pid));
setInterval(() => {}, 1000);`;

/** Goes by SIGKILL only, and so does its child, which leaves its group when LEAVE is yes. */
export const STUBBORN_APP = { "app.js": PARENT, "child.js": CHILD };

/** The child of an instance, once it has one and neither heeds SIGTERM. */
export async function childOf(slot: SupervisedSlot, index = 0): Promise<ProcessIdentity> {
  const child = identityOf(Number(await slot.written(`child-${index}`)));
  if (child === undefined) throw new Error("the child is not there");
  return child;
}
