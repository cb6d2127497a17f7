import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freshVersion, prepareSwitch, setWaits } from "../support/nextSwitch";
import { expectServes, roles } from "../support/serves";
import { skip } from "../support/skip";
import { TestStack } from "../support/stack";
import { underLoad } from "../support/underLoad";

const PYTHON = `
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"slot": os.environ["SLOT"], "release": os.environ["RELEASE"]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** A deployment of one service must stay small: the engine reads and writes all of it at each step. */
const MOST_BYTES = 32 * 1024;

describe("releases on the real engine", () => {
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create();
    setWaits(stack);
    expect((await stack.up()).error).to.equal(undefined);
  });
  after(() => stack.dispose());

  it("get their secrets, which make the release and are in plain text nowhere", async () => {
    const { active, idle } = await roles(stack);
    const prepared = async () => {
      const { result, load } = await underLoad(stack, () => stack.up());
      expect(result.error).to.equal(undefined);
      expect(load.failed).to.equal(0);
      expect(load.bySlot).to.have.all.keys(active);
      return { output: result.stdout + result.stderr, release: (await stack.slot(idle))?.release };
    };
    setWaits(stack);
    stack.setConfig("activeSlot", active);
    stack.setRelease(idle, freshVersion());
    await stack.setSecret(`${idle}.secrets.GREETING`, "open-sesame-41");
    const first = await prepared();
    await stack.setSecret(`${idle}.secrets.GREETING`, "open-sesame-42");
    const second = await prepared();
    expect(second.release).to.be.a("string").and.not.equal(first.release);

    stack.setConfig("activeSlot", idle);
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    await expectServes(stack, idle);
    expect(await (await fetch(stack.url)).text()).to.contain("open-sesame-42");

    const secret = "open-sesame";
    for (const output of [first.output, second.output, result.stdout + result.stderr])
      expect(output).not.to.contain(secret);
    expect(filesWith(stack.dir, secret)).to.deep.equal([]);
    expect(stack.processes().filter(({ command }) => command.includes(secret))).to.deep.equal([]);
  });

  it("may be written in Python, in as many replicas as are wanted", async function () {
    const python = pythonCommand() ?? skip(this, "there is no Python 3.8 or later on PATH");
    const { to, version } = await prepareSwitch(stack, {
      command: [python, "server.py"],
      files: { "server.py": PYTHON },
      replicas: 2,
    });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    await expectServes(stack, to);
    const instances = (await stack.slot(to))?.instances ?? [];
    expect(instances.map(({ state, restarts }) => ({ state, restarts }))).to.deep.equal([
      { state: "running", restarts: 0 },
      { state: "running", restarts: 0 },
    ]);
    const answer = (await (await fetch(stack.url)).json()) as { slot: string; release: string };
    expect(answer.slot).to.equal(to);
    expect(answer.release).to.match(new RegExp(`^${version}-[0-9a-f]{12}$`));
  });

  it("leave a state that is small, after a switch with both slots in it", async () => {
    const { to, version } = await prepareSwitch(stack, { replicas: 2 });
    const { result, load } = await underLoad(stack, () => stack.up());
    expect(result.error).to.equal(undefined);
    expect(load.failed).to.equal(0);
    await expectServes(stack, to, version);
    const { deployment } = (await stack.exportState()) as { deployment: unknown };
    const bytes = Buffer.byteLength(JSON.stringify(deployment));
    console.log(`        the state has ${bytes} bytes`);
    expect(bytes).to.be.at.most(MOST_BYTES);
  });
});

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}

function pythonCommand(): string | undefined {
  const script = "import sys; print(sys.executable if sys.version_info >= (3, 8) else '')";
  for (const name of ["python3", "python"]) {
    try {
      const path = execFileSync(name, ["-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
      if (path !== "") return path;
    } catch {
      // Not there, or not one that runs.
    }
  }
  return undefined;
}
