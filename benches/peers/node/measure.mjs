// Measures one thing in this process: an engine of its own for each, so that none is compiled for another's shapes.

export const KEYS = 1000;

export function cost(times, run) {
  const cpu = process.cpuUsage(), wall = process.hrtime.bigint();
  run();
  return since(times, cpu, wall);
}

export async function costAsync(times, run) {
  const cpu = process.cpuUsage(), wall = process.hrtime.bigint();
  await run();
  return since(times, cpu, wall);
}

function since(times, cpu, wall) {
  const elapsed = Number(process.hrtime.bigint() - wall);
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: ((user + system) * 1000) / times, wall: elapsed / times };
}

export function assert(condition, what) {
  if (!condition) throw new Error(`lost: ${what}`);
}

export function print(result) {
  console.log(JSON.stringify(result));
}

// The heap after everything that can be freed has been.
export function heap() {
  for (let i = 0; i < 4; i += 1) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

export const turn = () => new Promise((resolve) => setImmediate(resolve));
