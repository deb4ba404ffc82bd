// Does units of work with BullMQ, as BullMqProcess asks on standard input: "<call> <work> <count>". Answers
// "<call> <ns of each unit> ..." on standard output; for work done in bulk the mean of each.
import { createInterface } from 'node:readline';
import { Queue, Worker } from 'bullmq';

const [host, port, concurrency] = process.argv.slice(2);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
// As a service would that does not look at finished jobs, which is what Redis State does by default.
const options = { removeOnComplete: true, removeOnFail: true };
const payload = { order: 4711, to: 'ada@example.org', text: 'x'.repeat(150) };
const queue = new Queue('bench', { connection });
const now = () => Number(process.hrtime.bigint());

let started = () => {};
const worker = new Worker('bench', async (job) => started(job), {
  connection,
  concurrency: Number(concurrency),
  autorun: false,
});
let running;
function work() {
  running ??= worker.run();
}

async function each(count, unit) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const begun = now();
    await unit(i);
    times.push(now() - begun);
  }
  return times;
}

function mean(count, begun) {
  return Array(count).fill(Math.round((now() - begun) / count));
}

function bulk(count) {
  return Array.from({ length: count }, () => ({ name: 'noop', data: payload, opts: options }));
}

const works = {
  enqueue: (count) => each(count, () => queue.add('noop', payload, options)),

  bulk: async (count) => {
    const begun = now();
    await queue.addBulk(bulk(count));
    return mean(count, begun);
  },

  process: async (count) => {
    await queue.pause();
    work();
    await queue.addBulk(bulk(count));
    let left = count;
    const done = new Promise((resolve) => {
      started = () => {
        if (--left === 0) resolve();
      };
    });
    const begun = now();
    await queue.resume();
    await done;
    return mean(count, begun);
  },

  latency: async (count) => {
    work();
    const times = [];
    for (let i = 0; i < count; i++) {
      let begun;
      const start = new Promise((resolve) => {
        started = () => resolve(now());
      });
      begun = now();
      await queue.add('noop', payload, options);
      times.push((await start) - begun);
    }
    return times;
  },

  clear: async () => {
    await queue.obliterate({ force: true });
    return [];
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [call, name, count] = line.split(' ');
  works[name](Number(count))
    .then((times) => console.log([call, ...times].join(' ')))
    .catch((error) => {
      console.error(error);
      process.exit(1);
    });
}
process.exit(0);
