import type { ChildProcess } from "node:child_process";

/** What a program writes until it ends. @throws with what it said when it does not end with exit code 0 */
export function output(child: ChildProcess, name: string): Promise<string> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${name} ended with ${signal ?? `exit code ${String(code)}`}: ${stderr.trim()}`));
    });
  });
}
